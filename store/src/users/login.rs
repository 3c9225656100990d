//! Users as logging in, and getting back in, asks for them.

use chrono::{DateTime, Utc};
use domain::{
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    partners::UserKind,
    users::CredentialsVersion,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Reader, StoreError, Tx, access::Own, sql::sql};

/// What a login has to check against.
#[derive(Clone, FromRow)]
pub struct Credentials {
    user_id: Uuid,
    partner_id: Option<Uuid>,
    /// The name, for the audit log.
    pub name: String,
    /// The PHC string, if a password was ever set.
    pub password_hash: Option<String>,
    credentials_version: i64,
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

    /// Which credentials these are, to be found again when the login ends.
    #[must_use]
    pub fn version(&self) -> CredentialsVersion {
        CredentialsVersion(self.credentials_version)
    }
}

/// The credentials of a user by address. **Bypass:** no scope yet, it is for the login alone.
pub async fn credentials_for_login(
    read: &mut Reader,
    account: AccountId,
    kind: UserKind,
    email: &Email,
) -> Result<Option<Credentials>, StoreError> {
    sql("SELECT id AS user_id, partner_id, name, password_hash, credentials_version FROM users
        WHERE account_id = $1 AND kind = $2 AND email_key = $3")
    .bind(account)
    .bind(kind.as_str())
    .bind(email.key())
    .optional(read.conn())
    .await
}

/// The version of a user's credentials; its row is locked until the transaction ends, so that they cannot change before. Nothing
/// for an unknown user.
pub async fn lock_credentials(tx: &mut Tx, user: UserId) -> Result<Option<CredentialsVersion>, StoreError> {
    let found = sql("UPDATE users SET status = status WHERE id = $1 RETURNING credentials_version")
        .bind(user)
        .optional::<(i64,)>(tx.conn())
        .await?;
    Ok(found.map(|(version,)| CredentialsVersion(version)))
}

/// Notes a login.
pub async fn note_login(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    sql("UPDATE users SET last_login_at = $1 WHERE id = $2").bind(tx.now()).bind(user).execute(tx.conn()).await?;
    Ok(())
}

/// Keeps the hash of a password in its current form. **Bypass:** it is for the login, which has checked that password.
pub async fn renew_hash(tx: &mut Tx, user: UserId, hash: &str) -> Result<(), StoreError> {
    sql("UPDATE users SET password_hash = $1 WHERE id = $2").bind(hash).bind(user).execute(tx.conn()).await?;
    Ok(())
}

/// Notes a login of the past. **Bypass:** it is for filling in a past.
pub async fn note_past_login_unscoped(tx: &mut Tx, user: UserId, at: DateTime<Utc>) -> Result<(), StoreError> {
    sql("UPDATE users SET last_login_at = $1 WHERE id = $2").bind(at).bind(user).execute(tx.conn()).await?;
    Ok(())
}

/// The reader's own password hash, if a password was ever set, and which credentials it belongs to.
pub async fn own_credentials(
    read: &mut Reader,
    own: &dyn Own,
) -> Result<(Option<String>, CredentialsVersion), StoreError> {
    let found = sql("SELECT password_hash, credentials_version FROM users WHERE account_id = $1 AND id = $2")
        .bind(own.account_id())
        .bind(own.user_id())
        .one::<(Option<String>, i64)>(read.conn())
        .await?;
    Ok((found.0, CredentialsVersion(found.1)))
}

/// An active user by its address, for a mail to it; locked until the transaction ends, so that a link is never sent to an address
/// that has just been changed. **Bypass:** no scope; the answer must not be shown to whoever asked.
pub async fn find_for_mail(
    tx: &mut Tx,
    account: AccountId,
    kind: UserKind,
    email_key: &str,
) -> Result<Option<MailUser>, StoreError> {
    sql("UPDATE users SET status = status WHERE account_id = $1 AND kind = $2 AND email_key = $3")
        .bind(account)
        .bind(kind.as_str())
        .bind(email_key)
        .execute(tx.conn())
        .await?;
    sql("SELECT u.id AS user_id, u.partner_id, u.name, u.email, a.name AS account_name
        FROM users u
        JOIN accounts a ON a.id = u.account_id
        LEFT JOIN partners p ON p.id = u.partner_id AND p.account_id = u.account_id
        WHERE u.account_id = $1 AND u.kind = $2 AND u.email_key = $3 AND u.status = 'active'
            AND (u.kind = 'admin' OR p.status = 'active' AND p.portal_access AND a.portal_enabled)")
    .bind(account)
    .bind(kind.as_str())
    .bind(email_key)
    .optional(tx.conn())
    .await
}

/// Whom a mail goes to.
#[derive(Debug, Clone, FromRow)]
pub struct MailUser {
    user_id: Uuid,
    partner_id: Option<Uuid>,
    /// The user's name.
    pub name: String,
    /// The user's address.
    pub email: String,
    /// The account's name.
    pub account_name: String,
}

impl MailUser {
    /// The user.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        UserId(self.user_id)
    }

    /// The user's partner, unless it is an admin.
    #[must_use]
    pub fn partner_id(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }
}
