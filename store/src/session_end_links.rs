//! Links by which a user's sessions are ended by whoever holds its mailbox. Only hashes of their tokens are kept.
//!
//! **Bypass:** whoever has the token needs no scope; having it is the proof.

use crate::{
    Reader, StoreError, Tx,
    sql::{insert, sql},
    tokens::TokenUser,
    users,
};
use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, UserId},
    partners::UserKind,
};

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
pub async fn find(read: &mut Reader, kind: UserKind, hash: &[u8]) -> Result<Option<TokenUser>, StoreError> {
    sql("SELECT u.id AS user_id, u.account_id, u.partner_id, u.name, u.email, '' AS partner_name, a.name AS account_name,
            a.slug AS account_slug, '' AS new_email
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
pub async fn take(tx: &mut Tx, kind: UserKind, hash: &[u8]) -> Result<Option<TokenUser>, StoreError> {
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
