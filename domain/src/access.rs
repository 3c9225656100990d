//! Who may do what: permissions of a partner, roles of its users, and how they combine.

use serde::{Deserialize, Serialize};

/// What there is to know of a permission.
#[derive(Clone, Copy)]
struct Row {
    bit: u16,
    phrase: &'static str,
    presupposes: Option<Permission>,
}

/// Under this bit, and read so after "You may".
const fn of(bit: u16, phrase: &'static str) -> Row {
    Row { bit, phrase, presupposes: None }
}

impl Row {
    const fn with(self, permission: Permission) -> Self {
        Self { presupposes: Some(permission), ..self }
    }
}

text_enum! {
    /// One thing a partner's users may be allowed to do.
    Permission: Row {
        /// See the partner's leads.
        ViewLeads = "view_leads" => of(1, "see leads"),
        /// Download them.
        ExportLeads = "export_leads" => of(1 << 1, "export leads").with(Permission::ViewLeads),
        /// See what each lead cost.
        ViewLeadPrice = "view_lead_price" => of(1 << 2, "see lead prices").with(Permission::ViewLeads),
        /// See and download invoices.
        ViewInvoices = "view_invoices" => of(1 << 3, "see invoices"),
        /// Change the partner's contact data.
        EditContact = "edit_contact" => of(1 << 4, "change contact data"),
        /// See where leads are delivered.
        ViewDeliverySettings = "view_delivery_settings" => of(1 << 5, "see delivery settings"),
        /// Change where leads are delivered.
        EditDeliverySettings = "edit_delivery_settings" =>
            of(1 << 6, "change delivery settings").with(Permission::ViewDeliverySettings),
        /// Accept and reject leads.
        ReviewLeads = "review_leads" => of(1 << 7, "accept or reject leads").with(Permission::ViewLeads),
        /// Say what became of leads, write notes on them and plan next steps.
        RecordOutcomes = "record_outcomes" => of(1 << 9, "record outcomes and notes").with(Permission::ViewLeads),
        /// Invite, change and disable the partner's own users.
        ManageUsers = "manage_users" => of(1 << 8, "manage users"),
        /// Create and revoke the partner's own API keys.
        ManageApi = "manage_api" => of(1 << 10, "manage API keys"),
    }
}

impl Permission {
    /// What the permission lets one do, to complete "You may …" and "Nobody may …".
    #[must_use]
    pub const fn action(self) -> &'static str {
        self.row().phrase
    }

    /// The permission without which this one means nothing: who may not see leads has none to export or decide on.
    #[must_use]
    pub const fn presupposes(self) -> Option<Self> {
        self.row().presupposes
    }

    /// The permission's bit in a stored set. These numbers are in databases: never change or reuse one.
    const fn bit(self) -> u16 {
        self.row().bit
    }
}

bit_set! {
    /// A set of permissions.
    #[derive(Default)]
    Permissions of Permission
}

impl Permissions {
    /// No permission.
    pub const NONE: Self = Self(0);
}

/// How a partner departs from its account's defaults. What is in neither set is inherited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    /// Allowed whatever the account says.
    pub allowed: Permissions,
    /// Denied whatever the account says; stronger than `allowed`.
    pub denied: Permissions,
}

impl Overrides {
    /// The partner's permissions under these defaults.
    #[must_use]
    pub const fn apply(self, defaults: Permissions) -> Permissions {
        Permissions((defaults.0 | self.allowed.0) & !self.denied.0)
    }
}

text_enum! {
    /// What a partner user is to its partner.
    PartnerRole {
        /// Everything the partner has.
        Owner = "owner",
        /// All but managing users and API keys.
        Member = "member",
        /// Invoices and profile only.
        Finance = "finance",
        /// Reads leads, changes nothing.
        Viewer = "viewer",
    }
}

impl PartnerRole {
    /// The role as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Member => "Member",
            Self::Finance => "Finance",
            Self::Viewer => "Viewer",
        }
    }

    /// What the role lets one do, as one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Owner => "May do everything the company may, and manages its users.",
            Self::Member => "May do everything the company may, but not manage users or API keys.",
            Self::Finance => "Sees invoices and the profile, no leads.",
            Self::Viewer => "Reads leads, changes nothing, sees no invoices.",
        }
    }

    /// The most a user of this role can have. What it really has is this, and what the partner has.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        use Permission as P;
        match self {
            Self::Owner => Permissions::all(),
            Self::Member => Permissions(Permissions::all().0 & !(P::ManageUsers.bit() | P::ManageApi.bit())),
            Self::Finance => Permissions::of(&[P::ViewInvoices, P::EditContact]),
            Self::Viewer => Permissions::of(&[P::ViewLeads, P::ViewLeadPrice]),
        }
    }
}

/// A partner user's rights: the account's defaults, as the partner overrides them, within the user's role, without those
/// that lack what they presuppose.
#[must_use]
pub fn effective(defaults: Permissions, overrides: Overrides, role: PartnerRole) -> Permissions {
    let granted = overrides.apply(defaults).and(role.permissions());
    let stands = |permission: &Permission| {
        granted.has(*permission) && permission.presupposes().is_none_or(|needed| granted.has(needed))
    };
    Permissions::of(&Permission::ALL.iter().copied().filter(stands).collect::<Vec<_>>())
}

/// Why somebody does not get in. Logged and audited; the visitor hears only what they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody is logged in, or the session has ended.
    #[error("not logged in")]
    Unauthenticated,
    /// The account's portal, or the partner's or user's access, is switched off.
    #[error("access is switched off")]
    SwitchedOff,
    /// Logged in, but this permission is missing.
    #[error("not allowed to {}", .0.action())]
    Missing(Permission),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_set() -> impl Strategy<Value = Permissions> {
        any::<u16>().prop_map(|bits| Permissions::from_bits(i64::from(bits)))
    }

    #[test]
    fn roles_hold_what_they_say() {
        use Permission as P;
        let all = Permissions::all();
        let may = |role: PartnerRole, permission| effective(all, Overrides::default(), role).has(permission);
        assert!(Permission::ALL.iter().all(|permission| may(PartnerRole::Owner, *permission)));
        assert!(!may(PartnerRole::Member, P::ManageApi) && may(PartnerRole::Owner, P::ManageApi));
        assert!(!may(PartnerRole::Member, P::ManageUsers) && may(PartnerRole::Member, P::ReviewLeads));
        assert!(!may(PartnerRole::Finance, P::ViewLeads) && may(PartnerRole::Finance, P::ViewInvoices));
        assert!(may(PartnerRole::Viewer, P::ViewLeads) && !may(PartnerRole::Viewer, P::ReviewLeads));
        assert!(!may(PartnerRole::Viewer, P::ViewInvoices) && !may(PartnerRole::Viewer, P::ExportLeads));
    }

    proptest! {
        #[test]
        fn nothing_gives_more_than_partner_and_role(defaults in any_set(), allowed in any_set(), denied in any_set()) {
            for role in PartnerRole::ALL {
                let rights = effective(defaults, Overrides { allowed, denied }, *role);
                let granted = |permission: Permission| {
                    role.permissions().has(permission)
                        && !denied.has(permission)
                        && (defaults.has(permission) || allowed.has(permission))
                };
                for permission in Permission::ALL {
                    let expected = granted(*permission) && permission.presupposes().is_none_or(granted);
                    prop_assert_eq!(rights.has(*permission), expected);
                }
            }
        }

        #[test]
        fn stored_form_reads_back(set in any_set()) {
            prop_assert_eq!(Permissions::from_bits(set.to_bits()), set);
        }
    }
}
