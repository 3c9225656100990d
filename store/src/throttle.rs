//! Failed logins, counted by address and by account name, so that guessing stays slow across all processes.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    StoreError, Tx,
    sql::{insert, sql},
};

/// How many tries in which time are too many.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Failures that are still fine.
    pub failures: i64,
    /// The window they are counted in, from the first one on.
    pub window: TimeDelta,
}

/// Counts one try as failed until [`forget`] or [`take_back`] says otherwise. Answers how long the bucket is still
/// closed when this try is one too many.
pub async fn count(tx: &mut Tx, bucket: &[u8], limit: Limit) -> Result<Option<TimeDelta>, StoreError> {
    let now = tx.now();
    let first = [("bucket", bucket.into()), ("failures", 1_i64.into()), ("window_start", now.into())];
    let (failures, window_start) = insert("login_throttles", first)
        .push(
            " ON CONFLICT (bucket) DO UPDATE SET failures = CASE WHEN login_throttles.window_start <= $4
                THEN excluded.failures ELSE login_throttles.failures + 1 END,
            window_start = CASE WHEN login_throttles.window_start <= $4
                THEN excluded.window_start ELSE login_throttles.window_start END
        RETURNING failures, window_start",
        )
        .bind(now - limit.window)
        .one::<(i64, DateTime<Utc>)>(tx.conn())
        .await?;
    Ok((failures > limit.failures).then(|| window_start + limit.window - now))
}

/// Takes one counted try back, after a success.
pub async fn take_back(tx: &mut Tx, bucket: &[u8]) -> Result<(), StoreError> {
    sql("UPDATE login_throttles SET failures = failures - 1 WHERE bucket = $1 AND failures > 0")
        .bind(bucket)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Forgets a bucket's failures, after a success.
pub async fn forget(tx: &mut Tx, bucket: &[u8]) -> Result<(), StoreError> {
    sql("DELETE FROM login_throttles WHERE bucket = $1").bind(bucket).execute(tx.conn()).await?;
    Ok(())
}

/// Removes buckets whose window began before `before`.
pub async fn delete_older(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sql("DELETE FROM login_throttles WHERE window_start <= $1").bind(before).execute(tx.conn()).await?;
    Ok(())
}
