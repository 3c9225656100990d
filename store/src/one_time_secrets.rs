//! Secrets that are shown once, in the session in which they were made.
//!
//! **Bypass:** nothing here takes a scope. Whoever holds the session has made the secret; the secret is sealed.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Reader, StoreError, Tx,
    sql::{insert, sql},
};

/// For how long a secret waits to be shown.
pub const LIFE: TimeDelta = TimeDelta::minutes(30);

/// Keeps a sealed secret for the session of that hash. `purpose` says what it is, and whose.
pub async fn keep(tx: &mut Tx, session: &[u8], purpose: &str, content: &[u8]) -> Result<(), StoreError> {
    let (id, now) = (tx.new_id()?, tx.now());
    let row = [
        ("id", id.into()),
        ("session_hash", session.into()),
        ("purpose", purpose.into()),
        ("content", content.into()),
        ("created_at", now.into()),
    ];
    insert("one_time_secrets", row).execute(tx.conn()).await?;
    Ok(())
}

/// Whether a secret waits to be shown in this session.
pub async fn any(read: &mut Reader, session: &[u8], purpose: &str) -> Result<bool, StoreError> {
    let found =
        sql("SELECT COUNT(*) FROM one_time_secrets WHERE session_hash = $1 AND purpose = $2 AND created_at > $3")
            .bind(session)
            .bind(purpose)
            .bind(read.now() - LIFE);
    Ok(found.number(read.conn()).await? > 0)
}

/// The secrets that wait to be shown in this session, in the order in which they were made. They are gone afterwards.
pub async fn take(tx: &mut Tx, session: &[u8], purpose: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    let taken = sql("DELETE FROM one_time_secrets WHERE session_hash = $1 AND purpose = $2 AND created_at > $3
        RETURNING created_at, content")
    .bind(session)
    .bind(purpose)
    .bind(tx.now() - LIFE);
    let mut taken = taken.all::<(DateTime<Utc>, Vec<u8>)>(tx.conn()).await?;
    taken.sort_unstable();
    Ok(taken.into_iter().map(|(_, content)| content).collect())
}

/// Forgets those that nobody has looked at since `before`.
pub async fn delete_older(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sql("DELETE FROM one_time_secrets WHERE created_at <= $1").bind(before).execute(tx.conn()).await?;
    Ok(())
}
