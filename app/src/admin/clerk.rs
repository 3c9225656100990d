//! Who acts for an account, with what it takes to act: one of the staff on a page, or a machine with a key of the API. What is
//! done for either is written once.

use domain::{admin::AdminPermission, audit::AuditAction, ids::PartnerId};
use store::{
    Db, Tx,
    access::AdminScope,
    audit::{self, Event},
};
use uuid::Uuid;

use crate::{
    access::{AppState, client_address, require_admin, state},
    error::AppError,
};

/// Somebody who acts for an account, after the guard has let it.
#[derive(Debug, Clone)]
pub struct Clerk {
    state: AppState,
    scope: AdminScope,
    address: String,
}

impl Clerk {
    /// With this scope, from this network address.
    #[must_use]
    pub fn new(state: AppState, scope: AdminScope, address: String) -> Self {
        Self { state, scope, address }
    }

    /// The admin who sent the request.
    pub(crate) async fn of_request(permission: AdminPermission) -> Result<Self, AppError> {
        let scope = require_admin(permission).await?;
        Ok(Self::new(state()?, scope, client_address()?))
    }

    /// What it may act on.
    #[must_use]
    pub fn scope(&self) -> &AdminScope {
        &self.scope
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.state.db
    }

    /// Where browsers find the portal.
    pub(crate) fn public_url(&self) -> &str {
        &self.state.settings.public_url
    }

    /// Writes an event about something of one of the account's partners, within the change it tells of.
    pub fn note_about(
        &self,
        tx: &mut Tx,
        partner: PartnerId,
        action: AuditAction,
        object: (&'static str, Option<Uuid>),
        detail: serde_json::Value,
    ) {
        let event = Event::by_admin(self.scope.session(), &self.address, action, object).about(partner);
        audit::record(tx, &event.with_detail(detail));
    }
}
