//! API keys: what each may do, and how it is made known.

use serde::{Deserialize, Serialize};

use crate::{access::Permission, ids::ApiKeyId, time::LocalTime, validation::FieldErrors};

text_enum! {
    /// One thing a key may be allowed to do.
    ApiScope {
        /// Read leads.
        LeadsRead = "leads:read",
        /// Push leads in.
        LeadsWrite = "leads:write",
        /// Read partners.
        PartnersRead = "partners:read",
        /// Create and change partners.
        PartnersWrite = "partners:write",
        /// Read invoices.
        InvoicesRead = "invoices:read",
        /// Create, issue, mark paid and void invoices.
        InvoicesWrite = "invoices:write",
        /// Accept and reject leads, and ask for their return.
        LeadsReview = "leads:review",
        /// Say what became of leads.
        OutcomesWrite = "outcomes:write",
    }
}

impl ApiScope {
    /// What the scope lets a key do.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::LeadsRead => "Read leads",
            Self::LeadsWrite => "Create leads",
            Self::PartnersRead => "Read partners",
            Self::PartnersWrite => "Create and change partners",
            Self::InvoicesRead => "Read invoices",
            Self::InvoicesWrite => "Create, issue, mark paid and void invoices",
            Self::LeadsReview => "Accept, reject and return leads",
            Self::OutcomesWrite => "Record outcomes",
        }
    }

    /// The scope's bit in a stored set. These numbers are in databases: never change or reuse one.
    const fn bit(self) -> u16 {
        match self {
            Self::LeadsRead => 1,
            Self::LeadsWrite => 1 << 1,
            Self::PartnersRead => 1 << 2,
            Self::PartnersWrite => 1 << 3,
            Self::InvoicesRead => 1 << 4,
            Self::InvoicesWrite => 1 << 5,
            Self::LeadsReview => 1 << 6,
            Self::OutcomesWrite => 1 << 7,
        }
    }

    /// What an account's key may be allowed to do.
    pub const OF_ACCOUNT: [Self; 6] = [
        Self::LeadsRead,
        Self::LeadsWrite,
        Self::PartnersRead,
        Self::PartnersWrite,
        Self::InvoicesRead,
        Self::InvoicesWrite,
    ];

    /// What a partner's key may be allowed to do, each with the permission that whoever made the key has to have.
    pub const OF_PARTNER: [(Self, Permission); 4] = [
        // A program takes all of them along, as an export does.
        (Self::LeadsRead, Permission::ExportLeads),
        (Self::LeadsReview, Permission::ReviewLeads),
        (Self::OutcomesWrite, Permission::RecordOutcomes),
        (Self::InvoicesRead, Permission::ViewInvoices),
    ];
}

bit_set! {
    /// A set of scopes.
    #[derive(Default)]
    ApiScopes of ApiScope
}

text_enum! {
    /// For how long a key is good.
    KeyLife {
        /// Thirty days.
        Month = "30",
        /// Ninety days.
        Quarter = "90",
        /// A year.
        Year = "365",
        /// Until it is revoked.
        Endless = "never",
    }
}

impl KeyLife {
    /// The choice as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Month => "30 days",
            Self::Quarter => "90 days",
            Self::Year => "A year",
            Self::Endless => "Until it is revoked",
        }
    }

    /// The same in days, unless it is endless.
    #[must_use]
    pub const fn days(self) -> Option<i64> {
        match self {
            Self::Month => Some(30),
            Self::Quarter => Some(90),
            Self::Year => Some(365),
            Self::Endless => None,
        }
    }
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is for, so that it is known again.
    pub name: String,
    /// What it may do.
    pub scopes: ApiScopes,
    /// For how long it is good.
    pub life: KeyLife,
}

impl NewApiKey {
    /// Maximum number of characters of a name.
    pub const MAX_NAME: usize = 80;

    /// Reads the fields of the form: `name`, `scopes`, of which these are `offered`, `life`.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(name: &str, scopes: &[String], life: &str, offered: &[ApiScope]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = name.trim();
        if name.is_empty() || name.chars().count() > Self::MAX_NAME || name.chars().any(char::is_control) {
            errors.add("name", format!("Enter a name of at most {} characters.", Self::MAX_NAME));
        }
        let chosen = scopes.iter().filter_map(|scope| scope.parse().ok()).filter(|scope| offered.contains(scope));
        let chosen: Vec<ApiScope> = chosen.collect();
        if chosen.is_empty() || chosen.len() != scopes.len() {
            errors.add("scopes", "Choose at least one scope.");
        }
        let life = life.parse::<KeyLife>();
        if life.is_err() {
            errors.add("life", "Choose how long the key is valid.");
        }
        match life {
            Ok(life) if errors.is_empty() => Ok(Self { name: name.to_owned(), scopes: ApiScopes::of(&chosen), life }),
            _ => Err(errors),
        }
    }
}

impl ApiKey {
    /// How many good keys one partner can have.
    pub const MOST_OF_PARTNER: usize = 20;
}

/// A key as admins see it. The key itself nobody sees twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// How it begins.
    pub hint: String,
    /// What it may do.
    pub scopes: ApiScopes,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created: LocalTime,
    /// When it ends, if it does.
    pub expires: Option<LocalTime>,
    /// When it was last used, to the minute.
    pub last_used: Option<LocalTime>,
    /// The networks it may be used from, a space between two; everywhere where there are none.
    pub networks: String,
    /// Whether it opens anything now.
    pub state: KeyState,
}

text_enum! {
    /// Whether a key is good.
    KeyState {
        /// It is.
        Good = "good",
        /// Its time is over.
        Expired = "expired",
        /// It was revoked.
        Revoked = "revoked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_to_correct() {
        let scopes = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let key =
            NewApiKey::parse(" CRM ", &scopes(&["leads:write", "leads:read"]), "90", &ApiScope::OF_ACCOUNT).unwrap();
        assert_eq!((key.name.as_str(), key.life.days()), ("CRM", Some(90)));
        assert!(key.scopes.has(ApiScope::LeadsWrite) && !key.scopes.has(ApiScope::PartnersRead));
        assert_eq!(ApiScopes::from_bits(key.scopes.to_bits() | 1 << 40), key.scopes);
        assert_eq!(key.scopes.iter().count(), 2);
        for (name, chosen, life, field) in [
            ("", &["leads:read"][..], "30", "name"),
            ("CRM", &[], "30", "scopes"),
            ("CRM", &["leads:burn"], "30", "scopes"),
            ("CRM", &["leads:read", "leads:review"], "30", "scopes"),
            ("CRM", &["leads:read"], "31", "life"),
        ] {
            assert!(
                NewApiKey::parse(name, &scopes(chosen), life, &ApiScope::OF_ACCOUNT).unwrap_err().get(field).is_some(),
                "{field}"
            );
        }
    }
}
