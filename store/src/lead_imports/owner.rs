//! Whose a file is.

use domain::{
    ids::{AccountId, PartnerId, UserId},
    lead_imports::ImportKind,
};

use crate::{
    access::{AdminScope, PartnerScope},
    sql::Sql,
    wall::{Wall, Walled},
};

/// Who hands files in and follows them. Made of a scope alone: an admin's are the files of leads of its account, a partner's the files of
/// outcomes of its own.
#[derive(Debug, Clone)]
pub struct Importer {
    pub(super) account: AccountId,
    pub(super) partner: Option<PartnerId>,
    pub(super) kind: ImportKind,
    pub(super) user: Option<UserId>,
    pub(super) user_name: String,
}

impl Walled for Importer {
    fn wall(&self) -> Wall {
        Wall { account: self.account, partner: self.partner }
    }
}

impl From<&AdminScope> for Importer {
    fn from(scope: &AdminScope) -> Self {
        Self {
            account: scope.account_id(),
            partner: None,
            kind: ImportKind::Leads,
            user: None,
            user_name: scope.session().user_name().to_owned(),
        }
    }
}

impl From<&PartnerScope> for Importer {
    fn from(scope: &PartnerScope) -> Self {
        let session = scope.session();
        Self {
            account: scope.account_id(),
            partner: Some(scope.partner_id()),
            kind: ImportKind::Outcomes,
            user: Some(session.user_id()),
            user_name: session.user_name().to_owned(),
        }
    }
}

impl Importer {
    /// Its own rows of `lead_imports`.
    pub(super) fn own(&self, query: Sql) -> Sql {
        let query = query
            .push(" WHERE lead_imports.account_id = ")
            .arg(self.account)
            .push(" AND lead_imports.kind = ")
            .arg(self.kind.as_str());
        match self.partner {
            Some(partner) => query.push(" AND lead_imports.partner_id = ").arg(partner),
            None => query,
        }
    }
}
