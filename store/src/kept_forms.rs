//! Forms that were sent after their session had ended.
//!
//! **Bypass:** nothing here takes a scope. Whoever holds a form's token has sent it; what is in it is sealed.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::UserId;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    sql::{insert, sql},
};

/// For how long a form is kept.
pub const LIFE: TimeDelta = TimeDelta::minutes(30);

/// The most that are kept at once: nobody need be logged in to leave one, so there has to be an end to it. The oldest go first.
const MOST: i64 = 2_000;

/// A form that was kept.
#[derive(Debug, Clone, FromRow)]
pub struct KeptForm {
    user_id: Option<Uuid>,
    /// The page it stands on.
    pub page: String,
    /// What it is sent to.
    pub action: String,
    /// What was typed, sealed.
    pub content: Vec<u8>,
}

impl KeptForm {
    /// One that is to be kept.
    #[must_use]
    pub fn new(user: Option<UserId>, page: &str, action: &str, content: Vec<u8>) -> Self {
        Self { user_id: user.map(|user| user.0), page: page.to_owned(), action: action.to_owned(), content }
    }

    /// Whether it may be shown to this visitor: it is theirs, or nobody knows whose it is.
    #[must_use]
    pub fn is_for(&self, visitor: Option<UserId>) -> bool {
        self.user_id.is_none_or(|owner| visitor.is_some_and(|visitor| owner == visitor.0))
    }
}

/// Keeps a form under the hash of its token.
pub async fn keep(tx: &mut Tx, token_hash: &[u8], form: KeptForm) -> Result<(), StoreError> {
    let now = tx.now();
    let row = [
        ("token_hash", token_hash.into()),
        ("user_id", form.user_id.into()),
        ("page", form.page.as_str().into()),
        ("action", form.action.as_str().into()),
        ("content", form.content.as_slice().into()),
        ("created_at", now.into()),
    ];
    insert("kept_forms", row).execute(tx.conn()).await?;
    sql("DELETE FROM kept_forms WHERE token_hash IN
            (SELECT token_hash FROM kept_forms ORDER BY created_at DESC, token_hash LIMIT 1000000 OFFSET $1)")
    .bind(MOST)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The form of a token, while it lives.
pub async fn find(read: &mut Reader, token_hash: &[u8]) -> Result<Option<KeptForm>, StoreError> {
    sql("SELECT user_id, page, action, content FROM kept_forms WHERE token_hash = $1 AND created_at > $2")
        .bind(token_hash)
        .bind(read.now() - LIFE)
        .optional::<KeptForm>(read.conn())
        .await
}

/// Forgets a form that was sent again.
pub async fn forget(tx: &mut Tx, token_hash: &[u8]) -> Result<(), StoreError> {
    sql("DELETE FROM kept_forms WHERE token_hash = $1").bind(token_hash).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets those of before `before`.
pub async fn delete_older(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sql("DELETE FROM kept_forms WHERE created_at <= $1").bind(before).execute(tx.conn()).await?;
    Ok(())
}
