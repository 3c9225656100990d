//! Sums up what reports about all partners of an account read, soon after it has changed.

use std::time::Duration;

use domain::ids::AccountId;
use store::{Db, StoreError, leads};
use tokio::sync::watch;

/// How often it looks for what has changed. Until then a report reads the counts themselves.
const EVERY: Duration = Duration::from_secs(2);
/// How long it waits after a failure.
const PAUSE: Duration = Duration::from_secs(30);
/// How many days of partners are summed up in one transaction: others who write wait that long, a tenth of a second at the most.
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

/// Each account's in turn, so that one that is busy keeps no other waiting.
async fn round(db: &Db, stop: &watch::Receiver<bool>) -> Result<(), StoreError> {
    loop {
        let accounts = leads::pending_unscoped(&mut db.reader().await?).await?;
        let mut more = false;
        for account in accounts {
            if *stop.borrow() {
                return Ok(());
            }
            more |= fold(db, account).await? == u64::from(BATCH);
        }
        if !more {
            return Ok(());
        }
    }
}

async fn fold(db: &Db, account: AccountId) -> Result<u64, StoreError> {
    let mut tx = db.begin_write().await?;
    let folded = leads::fold_unscoped(&mut tx, account, BATCH).await?;
    tx.commit().await?;
    Ok(folded)
}

/// Sums up all that is pending: for the command line.
///
/// # Errors
/// When the database does not answer; what is done stays done.
pub async fn run(db: &Db) -> Result<(), StoreError> {
    for account in leads::pending_unscoped(&mut db.reader().await?).await? {
        while fold(db, account).await? > 0 {}
    }
    Ok(())
}
