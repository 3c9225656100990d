//! Links by which a user's sessions are ended by whoever holds its mailbox. Only hashes of their tokens are kept.
//!
//! **Bypass:** whoever has the token needs no scope; having it is the proof.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, PartnerId, UserId},
    partners::UserKind,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    sql::{insert, sql},
    users,
};

/// Whose sessions a link ends.
#[derive(Debug, Clone, FromRow)]
pub struct LinkUser {
    user_id: Uuid,
    account_id: Uuid,
    partner_id: Option<Uuid>,
    /// The user's name.
    pub name: String,
    /// The address the user logs in with.
    pub email: String,
    /// The account's name.
    pub account_name: String,
    /// The account's short name.
    pub account_slug: String,
}

impl LinkUser {
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

/// Stores a link. Those before stay: each mail has its own.
pub async fn create(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
    hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = [
        ("token_hash", hash.into()),
        ("account_id", account.into()),
        ("user_id", user.into()),
        ("expires_at", expires_at.into()),
    ];
    insert("session_end_links", row).execute(tx.conn()).await?;
    Ok(())
}

/// Whose sessions a link ends that is neither used nor too old.
pub async fn find(read: &mut Reader, kind: UserKind, hash: &[u8]) -> Result<Option<LinkUser>, StoreError> {
    sql("SELECT u.id AS user_id, u.account_id, u.partner_id, u.name, u.email, a.name AS account_name, a.slug AS account_slug
        FROM session_end_links l
        JOIN users u ON u.id = l.user_id AND u.account_id = l.account_id
        JOIN accounts a ON a.id = u.account_id
        WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND u.kind = $3")
    .bind(hash)
    .bind(read.now())
    .bind(kind.as_str())
    .optional(read.conn())
    .await
}

/// Uses a link up and says whose it was. Of two that try at once, one gets nothing.
pub async fn take(tx: &mut Tx, kind: UserKind, hash: &[u8]) -> Result<Option<LinkUser>, StoreError> {
    let Some(user) = find(tx, kind, hash).await? else { return Ok(None) };
    users::lock_credentials(tx, user.user_id()).await?;
    let used = sql("UPDATE session_end_links SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL")
        .bind(tx.now())
        .bind(hash);
    Ok((used.execute(tx.conn()).await? == 1).then_some(user))
}

/// Removes links that ended before `before`.
pub async fn delete_ended(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sql("DELETE FROM session_end_links WHERE expires_at <= $1").bind(before).execute(tx.conn()).await?;
    Ok(())
}
