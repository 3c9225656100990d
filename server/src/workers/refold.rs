//! Brings texts that were stored by an older version, or under an account's former rules for extra fields, into today's form for searching.

use std::time::Duration;

use store::{Db, StoreError, leads};
use tokio::sync::watch;

/// How long a failed batch waits.
const PAUSE: Duration = Duration::from_secs(30);
/// How often it looks whether there is something.
const EVERY: Duration = Duration::from_secs(5);

/// Works until it is told to stop; the next start goes on from there.
pub async fn work(db: Db, mut stop: watch::Receiver<bool>) {
    let mut batches = 0_u64;
    loop {
        let pause = match leads::refold(&db).await {
            Ok(true) => {
                batches += 1;
                Duration::ZERO
            }
            Ok(false) => {
                if batches > 0 {
                    tracing::info!(batches, "all texts are in today's form for searching");
                    batches = 0;
                }
                EVERY
            }
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
}

/// Does all of it at once: for the command line.
///
/// # Errors
/// When the database does not answer; what is done stays done.
pub async fn run(db: &Db) -> Result<(), StoreError> {
    while leads::refold(db).await? {}
    Ok(())
}
