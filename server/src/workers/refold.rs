//! Brings texts that were stored by an older version into today's form for searching.

use std::time::Duration;

use store::{Db, StoreError, leads};
use tokio::sync::watch;

/// How long a failed batch waits.
const PAUSE: Duration = Duration::from_secs(30);

/// Works until everything is in today's form, or it is told to stop; the next start goes on from there.
pub async fn work(db: Db, mut stop: watch::Receiver<bool>) {
    let mut batches = 0_u64;
    loop {
        let pause = match leads::refold(&db).await {
            Ok(true) => {
                batches += 1;
                Duration::ZERO
            }
            Ok(false) => break,
            Err(error) => {
                tracing::warn!(cause = %error, "texts could not be brought into the form for searching; it will be tried again");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
    }
    if batches > 0 {
        tracing::info!(batches, "all texts are in this version's form for searching");
    }
}

/// Does all of it at once: for the command line.
///
/// # Errors
/// When the database does not answer; what is done stays done.
pub async fn run(db: &Db) -> Result<(), StoreError> {
    while leads::refold(db).await? {}
    Ok(())
}
