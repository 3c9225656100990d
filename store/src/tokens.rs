//! Single-use links to a user: resetting a password, confirming an address. Only hashes of their tokens are kept.
//!
//! **Bypass:** whoever has the token needs no scope; having it is the proof.

use chrono::{DateTime, Utc};
use domain::{
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    partners::UserKind,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    error::parse_stored,
    sql::{Sql, insert, sql},
    users,
};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To set a new password.
    Reset,
    /// To confirm a new address.
    Email,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Email => "email",
        }
    }
}

/// Whom a valid link belongs to.
#[derive(Debug, Clone, FromRow)]
pub struct TokenUser {
    user_id: Uuid,
    account_id: Uuid,
    partner_id: Option<Uuid>,
    /// The user's name.
    pub name: String,
    /// The address the user logs in with.
    pub email: String,
    /// The partner's name; empty for an admin.
    pub partner_name: String,
    /// The account's name.
    pub account_name: String,
    /// The account's short name.
    pub account_slug: String,
    /// The address to confirm; empty for a reset.
    pub new_email: String,
}

impl TokenUser {
    /// The user.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        UserId(self.user_id)
    }

    /// The user's account.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId(self.account_id)
    }

    /// The user's partner, unless it is an admin.
    #[must_use]
    pub fn partner_id(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }
}

/// Stores a link to a user. Earlier ones of the same purpose end.
pub async fn create(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    purpose: Purpose,
    new_email: Option<&Email>,
    hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql("DELETE FROM user_tokens WHERE user_id = $1 AND purpose = $2")
        .bind(user)
        .bind(purpose.as_str())
        .execute(tx.conn())
        .await?;
    let now = tx.now();
    let row = [
        ("token_hash", hash.into()),
        ("account_id", account.into()),
        ("user_id", user.into()),
        ("purpose", purpose.as_str().into()),
        ("email", new_email.map(Email::as_str).unwrap_or_default().into()),
        ("created_at", now.into()),
        ("expires_at", expires_at.into()),
    ];
    insert("user_tokens", row).execute(tx.conn()).await?;
    Ok(())
}

/// The user of a link that is valid: not used, not ended, and of somebody who may log in.
pub async fn find(
    read: &mut Reader,
    kind: UserKind,
    purpose: Purpose,
    hash: &[u8],
) -> Result<Option<TokenUser>, StoreError> {
    valid(kind, purpose, hash, read.now()).optional(read.conn()).await
}

/// Uses a link up and says whose it was. Of two that try at once, one gets nothing; so does who comes while the user's credentials
/// change, which ends the link.
pub async fn take(tx: &mut Tx, kind: UserKind, purpose: Purpose, hash: &[u8]) -> Result<Option<TokenUser>, StoreError> {
    let now = tx.now();
    let Some(user) = valid(kind, purpose, hash, now).optional::<TokenUser>(tx.conn()).await? else { return Ok(None) };
    users::lock_credentials(tx, user.user_id()).await?;
    let used = sql("UPDATE user_tokens SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL")
        .bind(now)
        .bind(hash)
        .execute(tx.conn())
        .await?;
    Ok((used == 1).then_some(user))
}

fn valid(kind: UserKind, purpose: Purpose, hash: &[u8], now: DateTime<Utc>) -> Sql {
    sql("SELECT u.id AS user_id, u.account_id, u.partner_id, u.name, u.email, COALESCE(p.name, '') AS partner_name,
            a.name AS account_name, a.slug AS account_slug, t.email AS new_email
        FROM user_tokens t
        JOIN users u ON u.id = t.user_id AND u.account_id = t.account_id AND u.status = 'active'
        JOIN accounts a ON a.id = u.account_id
        LEFT JOIN partners p ON p.id = u.partner_id
        WHERE t.token_hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > $3 AND u.kind = $4
            AND (u.kind = 'admin' OR p.status = 'active' AND p.portal_access AND a.portal_enabled)")
    .bind(hash)
    .bind(purpose.as_str())
    .bind(now)
    .bind(kind.as_str())
}

/// A request to reset a password, not looked at yet.
#[derive(Debug, Clone, FromRow)]
pub struct ResetRequest {
    account_id: Uuid,
    kind: String,
    /// The address that was typed, lower case.
    pub email_key: String,
    /// The network address it came from.
    pub address: String,
}

impl ResetRequest {
    /// At which of the two logins it was asked.
    ///
    /// # Errors
    /// When the row is unreadable.
    pub fn kind(&self) -> Result<UserKind, StoreError> {
        parse_stored(&self.kind)
    }

    /// The account it was asked in.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId(self.account_id)
    }
}

/// Notes that somebody asks for a reset. Whether there is such a user is looked up later, so that the time this takes says
/// nothing.
pub async fn request_reset(
    tx: &mut Tx,
    account: AccountId,
    kind: UserKind,
    email: &Email,
    address: &str,
) -> Result<(), StoreError> {
    let (id, now) = (tx.new_id()?, tx.now());
    let row = [
        ("id", id.into()),
        ("account_id", account.into()),
        ("kind", kind.as_str().into()),
        ("email_key", email.key().into()),
        ("address", address.into()),
        ("requested_at", now.into()),
    ];
    insert("password_reset_requests", row).execute(tx.conn()).await?;
    Ok(())
}

/// Takes the oldest request out, if there is one.
pub async fn take_reset_request(tx: &mut Tx) -> Result<Option<ResetRequest>, StoreError> {
    sql("DELETE FROM password_reset_requests
        WHERE id IN (SELECT id FROM password_reset_requests ORDER BY requested_at, id LIMIT 1)
        RETURNING account_id, kind, email_key, address")
    .optional(tx.conn())
    .await
}

/// Removes links that ended before `before`.
pub async fn delete_ended(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sql("DELETE FROM user_tokens WHERE expires_at <= $1").bind(before).execute(tx.conn()).await?;
    Ok(())
}
