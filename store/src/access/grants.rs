//! What a partner may do, as stored: for whatever leaves the portal without anybody being logged in.

use domain::access::{Overrides, PartnerRole, Permission, Permissions, effective};
use sqlx::FromRow;

/// The columns of [`Grants`], of an account `a` and its partner `p`.
pub(crate) const GRANTS: &str = "a.default_permissions, p.allowed_permissions, p.denied_permissions";

/// A partner's permissions: the account's defaults, and how the partner departs from them.
#[derive(Debug, Clone, Copy, FromRow)]
pub(crate) struct Grants {
    default_permissions: i64,
    allowed_permissions: i64,
    denied_permissions: i64,
}

impl Grants {
    /// What a user of this role may do at the partner.
    pub(crate) fn of(self, role: PartnerRole) -> Permissions {
        let overrides = Overrides {
            allowed: Permissions::from_bits(self.allowed_permissions),
            denied: Permissions::from_bits(self.denied_permissions),
        };
        effective(Permissions::from_bits(self.default_permissions), overrides, role)
    }

    /// Whether the partner has a permission: what none of its users may see goes to none of its mailboxes and webhooks either.
    pub(crate) fn has(self, permission: Permission) -> bool {
        self.of(PartnerRole::Owner).has(permission)
    }
}
