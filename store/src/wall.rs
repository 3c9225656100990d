//! Whose rows a connection may touch.

use domain::ids::{AccountId, PartnerId};

/// Whose rows a connection may touch: those of one account, or of one partner in it. On PostgreSQL the database itself sees to it
/// (migration 0036), whatever conditions a statement has or lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wall {
    pub(crate) account: AccountId,
    /// Nothing for the account's own staff.
    pub(crate) partner: Option<PartnerId>,
}

impl Wall {
    /// What makes a transaction stand behind the wall: for the rest of it, and no longer.
    ///
    /// The settings are part of the statement that begins it, so that they cost no way to the server and no transaction can be
    /// without. Ids are hexadecimal digits and nothing else.
    pub(crate) fn settings(self) -> String {
        let partner = self.partner.map(|partner| partner.0.to_string()).unwrap_or_default();
        format!(
            "; SET LOCAL portal.scope = ''; SET LOCAL portal.account = '{}'; SET LOCAL portal.partner = '{partner}'",
            self.account.0
        )
    }
}

/// Somebody whom a guard has let in, and whose rows are therefore known.
pub trait Walled {
    /// Whose rows it may touch.
    fn wall(&self) -> Wall;
}

impl<T: Walled> Walled for &T {
    fn wall(&self) -> Wall {
        T::wall(self)
    }
}
