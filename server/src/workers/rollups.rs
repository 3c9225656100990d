//! Sums up what reports read, soon after it has changed.

use std::time::Duration;

use domain::ids::AccountId;
use store::{
    Db, StoreError,
    leads::{self, Fold, Folded},
};
use tokio::sync::watch;

/// How often it looks for what has changed. Until then a report reads the counts themselves, or the leads.
const EVERY: Duration = Duration::from_secs(2);
/// How long it waits after a failure.
const PAUSE: Duration = Duration::from_secs(30);
/// How many days of partners are summed up in one transaction at the most.
const BATCH: u32 = 200;

/// Works until it is told to stop; what is pending then is summed up at the next start.
pub async fn work(db: Db, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match round(&db, true, &|| *stop.borrow()).await {
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

/// Goes through all that is pending once. Each account has its turn after the others, and what fails is passed over until the next time: so
/// one that is busy, or whose sums fail, keeps no other waiting.
async fn round(db: &Db, rest: bool, is_stopped: &(dyn Fn() -> bool + Sync)) -> Result<(), StoreError> {
    let mut failed = None;
    for account in leads::rezoned_unscoped(&mut db.reader().await?).await? {
        if is_stopped() {
            return Ok(());
        }
        failed = leads::recount_unscoped(db, account).await.err().or(failed);
    }
    let accounts = leads::pending_unscoped(&mut db.reader().await?).await?;
    let mut turns: Vec<(AccountId, Option<Folded>)> = accounts.into_iter().map(|account| (account, None)).collect();
    while !turns.is_empty() {
        let mut next = Vec::with_capacity(turns.len());
        for (account, behind) in turns {
            if is_stopped() {
                return Ok(());
            }
            match leads::fold_unscoped(db, account, Fold { most: BATCH, behind, rest }).await {
                Ok((on, done)) => {
                    failed = done.err().or(failed);
                    next.extend(on.map(|on| (account, Some(on))));
                }
                Err(error) => failed = Some(error),
            }
        }
        turns = next;
    }
    failed.map_or(Ok(()), Err)
}

/// Sums up all that is pending: for the command line. What somebody changes meanwhile is left for the server.
///
/// # Errors
/// When the database does not answer; what is done stays done.
pub async fn run(db: &Db) -> Result<(), StoreError> {
    round(db, false, &|| false).await
}
