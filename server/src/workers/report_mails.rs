//! Reports that come by mail: written when they are due, and put into the outbox.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use services::{
    Portal, ServiceError,
    report_mails::{Sent, read_due, send_due},
};
use store::{
    Db, GuardedDb,
    report_mails::{self, DueReportMail},
};
use tokio::sync::watch;

use crate::downloads;

/// How often it is looked what is due.
const EVERY: Duration = Duration::from_secs(30);

/// When one is tried again that could not be written.
const AFTER_FAILURE: TimeDelta = TimeDelta::hours(1);

/// How many are looked up at once.
const BATCH: i64 = 50;

/// Writes reports until told to stop.
pub async fn work(db: Db, portal: Arc<Portal>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = run_once(&db, &portal.public_url).await {
            tracing::warn!(cause = %error, "reports could not be written; it will be tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Writes every report that is due now. Says how many.
///
/// # Errors
/// When the database does not answer; what was not written is due still. One that cannot be written keeps no other one waiting.
pub async fn run_once(db: &Db, public_url: &str) -> Result<usize, ServiceError> {
    let (mut written, mut failed) = (0, None);
    loop {
        let due = report_mails::due_unscoped(&mut db.reader().await?, None, BATCH).await?;
        let many = due.len();
        for one in due {
            match write(db, &one, public_url).await {
                Ok(sent) => written += usize::from(sent == Sent::Queued),
                Err(error) => {
                    tracing::warn!(report = %one.id, cause = %error, "a report could not be written; it will be tried again");
                    let mut tx = db.begin_write().await?;
                    let later = tx.now() + AFTER_FAILURE;
                    report_mails::take_unscoped(&mut tx, &one, later).await?;
                    tx.commit().await?;
                    failed = Some(error);
                }
            }
        }
        if i64::try_from(many).unwrap_or(0) < BATCH {
            return failed.map_or(Ok(written), Err);
        }
    }
}

/// Writes one report that is due, for the user who gets it: behind that user's wall.
///
/// # Errors
/// When the database does not answer, or the report cannot be written.
pub(crate) async fn write(db: &Db, due: &DueReportMail, public_url: &str) -> Result<Sent, ServiceError> {
    let guarded = GuardedDb::new(db.clone());
    let report = read_due(&mut guarded.begin_read(due).await?, due).await?;
    let mut tx = guarded.begin_write(due).await?;
    let sent = send_due(&mut tx, due, report, public_url, downloads::report_workbook).await?;
    tx.commit().await?;
    Ok(sent)
}
