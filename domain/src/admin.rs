//! The account's admins: what each role may do, and how somebody becomes one of them.

use serde::{Deserialize, Serialize};

use crate::{
    email::Email,
    ids::UserId,
    partners::UserStatus,
    time::LocalTime,
    users::{NewInvitation, PendingInvitation},
    validation::FieldErrors,
};

text_enum! {
    /// One thing an admin may be allowed to do, and how it reads after "You may not".
    AdminPermission: &'static str {
        /// Look at everything but what the others name.
        View = "view" => "view the account",
        /// Look at a partner's portal as the partner sees it.
        ViewAsPartner = "view_as_partner" => "view a partner's portal",
        /// Download lists and files.
        Export = "export" => "export",
        /// Create, change, pause and archive partners and their users.
        ManagePartners = "manage_partners" => "change partners",
        /// Load files of leads.
        ImportLeads = "import_leads" => "import leads",
        /// Write, issue, mark paid and void invoices.
        ManageInvoices = "manage_invoices" => "change invoices",
        /// Change the account's settings.
        ManageSettings = "manage_settings" => "change settings",
        /// Change for how long the audit log is kept.
        ManageSecurity = "manage_security" => "change security settings",
        /// Invite, change and disable admins.
        ManageAdmins = "manage_admins" => "manage admins",
        /// Create and revoke API keys.
        ManageApiKeys = "manage_api_keys" => "manage API keys",
    }
}

impl AdminPermission {
    /// What the permission lets one do, to complete "You may not … here."
    #[must_use]
    pub const fn action(self) -> &'static str {
        self.row()
    }
}

text_enum! {
    /// What an admin is to the account.
    AdminRole {
        /// Everything.
        Owner = "owner",
        /// Everything but admins, security settings and API keys.
        Manager = "manager",
        /// Looks, changes nothing, takes nothing away.
        Support = "support",
    }
}

impl AdminRole {
    /// The role as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Manager => "Manager",
            Self::Support => "Support",
        }
    }

    /// What the role lets one do, as one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Owner => "May do everything, and manages the other admins.",
            Self::Manager => "May do everything but manage admins, security settings and API keys.",
            Self::Support => "Sees everything, changes nothing, exports nothing.",
        }
    }

    /// Whether the role allows something.
    #[must_use]
    pub const fn may(self, permission: AdminPermission) -> bool {
        use AdminPermission as P;
        match self {
            Self::Owner => true,
            Self::Manager => !matches!(permission, P::ManageAdmins | P::ManageSecurity | P::ManageApiKeys),
            Self::Support => matches!(permission, P::View | P::ViewAsPartner),
        }
    }
}

/// An admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    /// Its id.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// The address it logs in with.
    pub email: String,
    /// What it may do.
    pub role: AdminRole,
    /// Whether it may log in.
    pub status: UserStatus,
    /// When it last logged in.
    pub last_login: Option<LocalTime>,
    /// Whether its login takes a second factor.
    pub two_factor: bool,
    /// What ends when its login is disabled.
    pub made: Made,
}

/// How much of what an admin has made still opens a door.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The names of API keys that are good.
    pub api_keys: Vec<String>,
    /// Invitations, of admins and of partners' users, that nobody has accepted yet.
    pub invitations: u64,
}

impl Made {
    /// As part of a sentence, if there is anything: `2 API keys (CRM, Shop) and 1 invitation`.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let count = |number: u64, one: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            many => Some(format!("{many} {one}s")),
        };
        let keys = count(self.api_keys.len() as u64, "API key");
        let keys = keys.map(|counted| format!("{counted} ({})", self.api_keys.join(", ")));
        let parts: Vec<String> = [keys, count(self.invitations, "invitation")].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

/// What becomes of the API keys and invitations of an admin whose login is disabled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MadeThings {
    /// They end with it.
    #[default]
    End,
    /// They stay good, and are those of the admin who disables it.
    TakeOver,
}

impl MadeThings {
    /// As a form says it: `take` for taking over, anything else for the end, which is the safer one.
    #[must_use]
    pub fn read(text: &str) -> Self {
        if text == "take" { Self::TakeOver } else { Self::End }
    }
}

/// Somebody who was invited as an admin and has not come yet.
pub type PendingAdmin = PendingInvitation<AdminRole>;

/// An invitation as an admin, to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdmin {
    /// Who is invited.
    pub name: String,
    /// Where to.
    pub email: Email,
    /// What they will be.
    pub role: AdminRole,
}

impl NewAdmin {
    /// Reads the fields of the form: `name`, `email`, `role`.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(name: &str, email: &str, role: &str) -> Result<Self, FieldErrors> {
        // A person is a person: the same rules for name and address as for a partner's users.
        let person = NewInvitation::parse(name, email, "viewer");
        let parsed = role.parse::<AdminRole>();
        match (person, parsed) {
            (Ok(person), Ok(role)) => Ok(Self { name: person.name, email: person.email, role }),
            (person, parsed) => {
                let mut errors = person.err().unwrap_or_default();
                if parsed.is_err() {
                    errors.add("role", "Choose a role.");
                }
                Err(errors)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_hold_what_they_say() {
        use AdminPermission as P;
        let may = |role: AdminRole| AdminPermission::ALL.iter().copied().filter(move |p| role.may(*p));
        assert_eq!(may(AdminRole::Owner).count(), AdminPermission::ALL.len());
        assert_eq!(may(AdminRole::Support).collect::<Vec<_>>(), [P::View, P::ViewAsPartner]);
        let refused: Vec<_> = P::ALL.iter().copied().filter(|p| !AdminRole::Manager.may(*p)).collect();
        assert_eq!(refused, [P::ManageSecurity, P::ManageAdmins, P::ManageApiKeys]);
    }

    #[test]
    fn what_an_admin_has_made_is_counted_in_words() {
        let said = |keys: &[&str], invitations| {
            Made { api_keys: keys.iter().map(|name| (*name).to_owned()).collect(), invitations }.in_words()
        };
        assert_eq!(said(&[], 0), None);
        assert_eq!(said(&["CRM"], 0).as_deref(), Some("1 API key (CRM)"));
        assert_eq!(said(&["CRM", "Shop"], 1).as_deref(), Some("2 API keys (CRM, Shop) and 1 invitation"));
        assert_eq!(said(&[], 3).as_deref(), Some("3 invitations"));
    }

    #[test]
    fn an_invitation_says_what_to_correct() {
        assert!(NewAdmin::parse(" Ada ", "ada@example.com", "support").is_ok());
        let errors = NewAdmin::parse("", "ada@example.com", "king").unwrap_err();
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["name", "role"]);
    }
}
