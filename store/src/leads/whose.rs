//! Whose rows a statement is about: every one of the leads that is put together begins here.

use domain::ids::{AccountId, PartnerId};

use crate::{
    access::{AdminScope, PartnerScope},
    sql::Sql,
};

/// The scope's own rows of a table: every statement of the leads that is put together begins with this.
pub(crate) fn of_partner(select: Sql, scope: &PartnerScope) -> Sql {
    Whose::from(scope).own(select)
}

/// Whose leads are changed: the account's and the partner's. Made of a scope, or by what names itself as going without one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose(pub(super) AccountId, pub(super) PartnerId);

impl From<&PartnerScope> for Whose {
    fn from(scope: &PartnerScope) -> Self {
        Self(scope.account_id(), scope.partner_id())
    }
}

impl Whose {
    /// Its own rows of a table.
    pub(super) fn own(self, select: Sql) -> Sql {
        select.push(" WHERE account_id = ").arg(self.0).push(" AND partner_id = ").arg(self.1)
    }
}

/// The rows of all partners of the scope's account.
pub(crate) fn of_account(select: Sql, scope: &AdminScope) -> Sql {
    select.push(" WHERE account_id = ").arg(scope.account_id())
}

/// Reads the counts of an account partner by partner, along their primary key.
pub(crate) fn of_all_partners(counts: Sql, account: AccountId) -> Sql {
    counts.push(" AND partner_id IN (SELECT id FROM partners WHERE account_id = ").arg(account).push(")")
}
