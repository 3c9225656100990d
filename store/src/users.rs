//! Users: who logs in.

use domain::{
    access::PartnerRole,
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    partners::{UserKind, UserStatus},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, StoreError, Tx, sessions, sql::sql};

/// A partner user to be stored.
#[derive(Debug, Clone)]
pub struct NewPartnerUser {
    /// Its id.
    pub id: UserId,
    /// The account.
    pub account_id: AccountId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The address it logs in with.
    pub email: Email,
    /// Its name.
    pub name: String,
    /// What it is to the partner.
    pub role: PartnerRole,
    /// A PHC string, or nothing until the first password is set.
    pub password_hash: Option<String>,
}

/// Stores a new partner user.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has a partner user with that address.
pub async fn create_partner_user(tx: &mut Tx, user: &NewPartnerUser) -> Result<(), StoreError> {
    let now = tx.db().now();
    sql("INSERT INTO users (id, account_id, kind, partner_id, email, email_key, name, role, status, password_hash,
            created_at) VALUES ")
    .rows([[
        user.id.into(),
        user.account_id.into(),
        UserKind::Partner.as_str().into(),
        user.partner_id.into(),
        user.email.as_str().into(),
        user.email.key().into(),
        user.name.as_str().into(),
        user.role.as_str().into(),
        UserStatus::Active.as_str().into(),
        user.password_hash.clone().into(),
        now.into(),
    ]])
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a login has to check against.
#[derive(Clone, FromRow)]
pub struct Credentials {
    user_id: Uuid,
    partner_id: Option<Uuid>,
    /// The name, for the audit log.
    pub name: String,
    /// The PHC string, if a password was ever set.
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl Credentials {
    /// The user.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        UserId(self.user_id)
    }

    /// The partner it belongs to, unless it is an admin.
    #[must_use]
    pub fn partner_id(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }
}

/// The credentials of a user by address. **Bypass:** no scope yet, it is for the login alone.
///
/// # Errors
/// When the database does not answer.
pub async fn credentials_for_login(
    db: &Db,
    account: AccountId,
    kind: UserKind,
    email: &Email,
) -> Result<Option<Credentials>, StoreError> {
    let mut reader = db.reader().await?;
    sql("SELECT id AS user_id, partner_id, name, password_hash FROM users
        WHERE account_id = $1 AND kind = $2 AND email_key = $3")
    .bind(account)
    .bind(kind.as_str())
    .bind(email.key())
    .optional(reader.conn())
    .await
}

/// Notes a login, and the password's hash in its current form if it was made anew.
///
/// # Errors
/// When the database does not answer.
pub async fn note_login(tx: &mut Tx, user: UserId, new_hash: Option<&str>) -> Result<(), StoreError> {
    let now = tx.db().now();
    sql("UPDATE users SET last_login_at = $1, password_hash = COALESCE($2, password_hash) WHERE id = $3")
        .bind(now)
        .bind(new_hash)
        .bind(user)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Enables or disables a user. Disabling ends its sessions.
///
/// # Errors
/// When the database does not answer.
pub async fn set_status(tx: &mut Tx, account: AccountId, user: UserId, status: UserStatus) -> Result<(), StoreError> {
    sql("UPDATE users SET status = $1 WHERE account_id = $2 AND id = $3")
        .bind(status.as_str())
        .bind(account)
        .bind(user)
        .execute(tx.conn())
        .await?;
    if status == UserStatus::Active { Ok(()) } else { sessions::end_all(tx, account, None, Some(user)).await }
}
