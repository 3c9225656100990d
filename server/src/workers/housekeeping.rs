//! Deletes what has expired, and has the heads of the audit logs mailed.

use std::time::Duration;

use chrono::TimeDelta;
use services::{ServiceError, audit_heads, returns};
use store::{
    Db, StoreError, accounts, api_keys, audit, kept_forms, lead_imports, one_time_secrets, partners, passkeys,
    session_end_links, sessions, sessions::Lifetime, throttle, tokens,
};

/// How often.
const EVERY: Duration = Duration::from_secs(600);

/// Works until it is aborted.
pub async fn work(db: Db, lifetime: Lifetime) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        for error in [run_once(&db, lifetime).await, purge_audit(&db).await].into_iter().filter_map(Result::err) {
            tracing::warn!(cause = %error, "housekeeping failed; it will be tried again");
        }
        if let Err(error) = close_overdue_returns(&db).await {
            tracing::warn!(cause = %error, "overdue returns were not closed; it will be tried again");
        }
        if let Err(error) = mail_audit_heads(&db).await {
            tracing::warn!(cause = %error, "the heads of the audit logs were not mailed; it will be tried again");
        }
    }
}

/// Each kind in a transaction of its own, so that none keeps others waiting for long.
async fn run_once(db: &Db, lifetime: Lifetime) -> Result<(), StoreError> {
    let now = db.now();
    let mut tx = db.begin_write().await?;
    sessions::delete_ended(&mut tx, lifetime).await?;
    throttle::delete_older(&mut tx, now - TimeDelta::hours(1)).await?;
    tokens::delete_ended(&mut tx, now).await?;
    session_end_links::delete_ended(&mut tx, now).await?;
    kept_forms::delete_older(&mut tx, now - kept_forms::LIFE).await?;
    passkeys::forget_challenges(&mut tx, now - passkeys::ANSWERED).await?;
    one_time_secrets::delete_older(&mut tx, now - one_time_secrets::LIFE).await?;
    tx.commit().await?;
    let mut tx = db.begin_write().await?;
    partners::delete_old_imports(&mut tx, now - TimeDelta::days(1)).await?;
    api_keys::forget_answers(&mut tx, now - TimeDelta::days(1)).await?;
    tx.commit().await?;
    let mut tx = db.begin_write().await?;
    lead_imports::forget(&mut tx).await?;
    tx.commit().await
}

/// Deletes the audit events that the accounts' retentions say.
async fn purge_audit(db: &Db) -> Result<(), StoreError> {
    let accounts = accounts::retentions(&mut db.reader().await?).await?;
    for (id, slug, months) in accounts {
        let Some(months) = months else { continue };
        let mut tx = db.begin_write().await?;
        tx.lift_time_limits().await?;
        let events = audit::purge(&mut tx, id, months).await?;
        tx.commit().await?;
        if events > 0 {
            tracing::info!(account = slug, events, "old events of the audit log were deleted");
        }
    }
    Ok(())
}

/// How many overdue returns are closed at once: few enough to keep nobody waiting.
const RETURNS: i64 = 200;

/// Ends the requests that accounts have not decided on in their time. Says how many.
///
/// # Errors
/// When the database does not answer; what was not closed is due still.
pub async fn close_overdue_returns(db: &Db) -> Result<usize, ServiceError> {
    let mut all = 0;
    loop {
        let mut tx = db.begin_write().await?;
        let closed = returns::close_overdue(&mut tx, RETURNS).await?;
        tx.commit().await?;
        all += closed;
        if closed == 0 {
            return Ok(all);
        }
    }
}

/// Queues the mails with the heads of the audit logs, for every account that is due. Says how many those are.
///
/// # Errors
/// When the database does not answer; what was not queued is due still.
pub async fn mail_audit_heads(db: &Db) -> Result<usize, ServiceError> {
    let wanted = audit::head_mails(&mut db.reader().await?).await?;
    let mut mailed = 0;
    for account in wanted {
        let mut tx = db.begin_write().await?;
        mailed += usize::from(audit_heads::mail(&mut tx, &account).await?);
        tx.commit().await?;
    }
    Ok(mailed)
}
