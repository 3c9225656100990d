//! Sums up what reports about all partners of an account read, soon after it has changed.

use std::time::Duration;

use store::{Db, StoreError, leads};
use tokio::sync::watch;

/// How often it looks for what has changed. Until then a report reads the counts themselves.
const EVERY: Duration = Duration::from_secs(2);
/// How long it waits after a failure.
const PAUSE: Duration = Duration::from_secs(30);
/// How many days of partners are summed up in one transaction at the most: on SQLite, others who write wait that long.
const BATCH: u32 = 200;

/// Works until it is told to stop; what is pending then is summed up at the next start.
pub async fn work(db: Db, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match round(&db, &stop).await {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::warn!(cause = %error, "leads could not be summed up for reports; it will be tried again");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Each account's in turn, so that one that is busy, or whose sums fail, keeps no other waiting.
async fn round(db: &Db, stop: &watch::Receiver<bool>) -> Result<(), StoreError> {
    loop {
        let accounts = leads::pending_unscoped(&mut db.reader().await?).await?;
        let (mut more, mut failed) = (false, None);
        for account in accounts {
            if *stop.borrow() {
                return Ok(());
            }
            match leads::fold_unscoped(db, account, BATCH).await {
                Ok(left) => more |= left,
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) => return Err(error),
            None if more => {}
            None => return Ok(()),
        }
    }
}

/// Sums up all that is pending: for the command line.
///
/// # Errors
/// When the database does not answer; what is done stays done.
pub async fn run(db: &Db) -> Result<(), StoreError> {
    for account in leads::pending_unscoped(&mut db.reader().await?).await? {
        while leads::fold_unscoped(db, account, BATCH).await? {}
    }
    Ok(())
}
