//! The credentials of users of either kind: what a login, a mailed link or a proof was checked against, and what ends when
//! they change.
//!
//! **Bypass:** nothing here takes a scope; who may change a user's credentials was decided before.

use domain::{
    ids::{AccountId, UserId},
    partners::UserKind,
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

pub use crate::users::lock_credentials as lock;
use crate::{Reader, StoreError, Tx, access::Own, error::parse_stored, passkeys, sessions, sql::sql, two_factor};

/// Whose credentials are meant.
#[derive(Debug, Clone, FromRow)]
pub struct Holder {
    account_id: Uuid,
    kind: String,
    time_zone: String,
    /// The user's name.
    pub name: String,
    /// The address it logs in with now.
    pub email: String,
}

impl Holder {
    /// The user's account.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId(self.account_id)
    }

    /// Which kind of user.
    ///
    /// # Errors
    /// When the row is unreadable.
    pub fn kind(&self) -> Result<UserKind, StoreError> {
        parse_stored(&self.kind)
    }

    /// The account's time zone.
    ///
    /// # Errors
    /// When the row is unreadable.
    pub fn zone(&self) -> Result<Zone, StoreError> {
        parse_stored(&self.time_zone)
    }
}

/// Who a user is, to write to it.
pub async fn holder(read: &mut Reader, user: UserId) -> Result<Holder, StoreError> {
    sql("SELECT u.account_id, u.kind, u.name, u.email, a.time_zone FROM users u JOIN accounts a ON a.id = u.account_id
        WHERE u.id = $1")
    .bind(user)
    .one(read.conn())
    .await
}

/// Whether a user has a password: one who came by a provider need not have one.
pub async fn has_password(read: &mut Reader, own: &dyn Own) -> Result<bool, StoreError> {
    let count = sql("SELECT COUNT(*) FROM users WHERE id = $1 AND account_id = $2 AND password_hash IS NOT NULL");
    Ok(count.bind(own.user_id()).bind(own.account_id()).number(read.conn()).await? > 0)
}

/// Ends what rests on a user's credentials as they were: its mailed links of every purpose, the logins and proofs under way,
/// an authenticator app or a passkey that is being set up, and its sessions, but for the one of this hash if one is given.
pub async fn renew(tx: &mut Tx, user: UserId, but: Option<&[u8]>) -> Result<Holder, StoreError> {
    // First the user's row, then what belongs to it: everybody locks in this order.
    sql("UPDATE users SET credentials_version = credentials_version + 1 WHERE id = $1")
        .bind(user)
        .execute(tx.conn())
        .await?;
    sql("DELETE FROM user_tokens WHERE user_id = $1").bind(user).execute(tx.conn()).await?;
    two_factor::forget_pending(tx, user).await?;
    passkeys::forget_pending(tx, user).await?;
    sessions::end_of_user(tx, user, but).await?;
    holder(tx, user).await
}
