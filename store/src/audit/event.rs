//! An event, before it is written.

use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditAction, AuditResult},
    ids::{AccountId, ApiKeyId, PartnerId, UserId},
};
use uuid::Uuid;

/// Who acted, as an event keeps it.
#[derive(Debug, Clone)]
pub enum Who {
    /// A partner user.
    PartnerUser {
        /// The user.
        id: UserId,
        /// Its name at the time.
        name: String,
    },
    /// An admin.
    Admin {
        /// The admin.
        id: UserId,
        /// Its name at the time.
        name: String,
    },
    /// An API key.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// Its name at the time.
        name: String,
    },
    /// Somebody who is not logged in. What they typed is not kept: it may be a password.
    Visitor,
    /// An operator at the command line, or the portal itself.
    System,
}

impl Who {
    pub(super) fn columns(&self) -> (&'static str, Option<Uuid>, &str) {
        match self {
            Self::PartnerUser { id, name } => ("partner", Some(id.0), name),
            Self::Admin { id, name } => ("admin", Some(id.0), name),
            Self::ApiKey { id, name } => ("api", Some(id.0), name),
            Self::Visitor => ("visitor", None, ""),
            Self::System => ("system", None, "system"),
        }
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// The account it happened in.
    pub account_id: AccountId,
    /// The partner it concerns.
    pub partner_id: Option<PartnerId>,
    /// Who did it.
    pub who: Who,
    /// What was done.
    pub action: AuditAction,
    /// To what, and which one.
    pub object: (&'static str, Option<Uuid>),
    /// How it went.
    pub result: AuditResult,
    /// The visitor's network address; empty for the system.
    pub address: String,
    /// What else there is to say. Never a secret, never a lead's personal data.
    pub detail: serde_json::Value,
    /// When; now, if not said otherwise.
    pub occurred_at: Option<DateTime<Utc>>,
}

impl Event {
    /// The same about a partner.
    #[must_use]
    pub fn about(mut self, partner: PartnerId) -> Self {
        self.partner_id = Some(partner);
        self
    }

    /// The same with a detail.
    #[must_use]
    pub fn with_detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}
