//! Reading the files of leads that admins upload, a batch at a time.

use std::time::Duration;

use chrono::TimeDelta;
use domain::leads::LeadStatus;
use services::{
    ServiceError,
    lead_imports::{self, LeadReader},
    tables::{self, Position, Row},
};
use store::{
    Db,
    lead_imports::{self as imports, Batch, LeadImport},
};
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

/// How often it is looked for something to read.
const EVERY: Duration = Duration::from_millis(500);
/// Rows stored in one transaction: few enough that whoever wants to write in between does not wait for long.
const BATCH: usize = 1_000;
/// How long a file is nobody else's: far longer than a batch takes. A process that dies holds a file up for so long.
const LEASE: TimeDelta = TimeDelta::seconds(20);

/// Reads what is started, until told to stop; what is under way then is left after the batch that is being stored.
pub async fn work(db: Db, mut stop: watch::Receiver<bool>) {
    let Ok(owner) = db.new_id() else {
        tracing::error!("the system gives no random numbers; files of leads are not read");
        return;
    };
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.changed() => return,
        }
        if let Err(error) = run_once(&db, owner, &stop).await {
            tracing::warn!(cause = %error, "an import of leads could not continue; it will be tried again");
        }
    }
}

/// Reads one file after the other until none is left.
///
/// # Errors
/// When the database does not answer. Whoever reads on does so behind the last batch that was stored.
pub async fn run_once(db: &Db, owner: Uuid, stop: &watch::Receiver<bool>) -> Result<(), ServiceError> {
    while let Some(mut import) = lease(db, owner).await? {
        if !read(db, &mut import, owner, stop).await? {
            let mut tx = db.begin_write().await?;
            imports::release(&mut tx, import.summary.id, owner).await?;
            return Ok(tx.commit().await?);
        }
    }
    Ok(())
}

/// The lease of the next import, if there is one nobody else was faster to take.
async fn lease(db: &Db, owner: Uuid) -> Result<Option<LeadImport>, ServiceError> {
    let candidate = imports::candidate(&mut db.reader().await?).await?;
    let Some(candidate) = candidate else { return Ok(None) };
    let mut tx = db.begin_write().await?;
    let import = imports::lease(&mut tx, owner, LEASE, candidate).await?;
    tx.commit().await?;
    Ok(import)
}

/// Rows that were read of a file, ready to be stored, with what it takes to say more of one.
struct Section {
    batch: Batch,
    /// The rows of the batch's leads.
    rows: Vec<Row>,
    window: Vec<u8>,
    reader: LeadReader,
    /// Whether the rest of the line at its end belongs to its last row.
    cut: bool,
    /// Whether the file ends with it.
    ended: bool,
}

/// Reads the rows of a window on a file.
fn section(reader: LeadReader, window: Vec<u8>, is_last: bool, position: Position) -> Section {
    let found = tables::read(&window, is_last, position, &reader.dialect, BATCH);
    let mut batch = Batch { position: (found.next.byte, found.next.line), ..Batch::default() };
    let mut rows = Vec::with_capacity(found.rows.len());
    for row in found.rows {
        match reader.read(&row, &window) {
            Ok(read) => {
                batch.warned += u64::from(!read.warnings.is_empty());
                batch.leads.push((read.lead, LeadStatus::New));
                rows.push(row);
            }
            Err(rejected) => batch.rejects.push(rejected),
        }
    }
    Section { batch, rows, window, reader, cut: found.cut, ended: found.ended }
}

/// A section that is being read, and the line at which it begins.
struct Reading(JoinHandle<Section>, u64);

/// Begins to read the section at a position, not on the threads that answer requests.
async fn begin(db: &Db, import: &LeadImport, reader: &LeadReader, at: (u64, u64)) -> Result<Reading, ServiceError> {
    let window = imports::window(&mut db.reader().await?, import, at.0).await?;
    let is_last = at.0 + window.len() as u64 >= import.summary.progress.size_bytes;
    let (reader, position) = (reader.clone(), Position { byte: at.0, line: at.1 });
    Ok(Reading(tokio::task::spawn_blocking(move || section(reader, window, is_last, position)), at.1))
}

/// Goes on behind a row that is longer than its window.
async fn skip_rest(db: &Db, import: &LeadImport, section: &mut Section) -> Result<(), ServiceError> {
    while section.cut {
        let position = Position { byte: section.batch.position.0, line: section.batch.position.1 };
        let window = imports::window(&mut db.reader().await?, import, position.byte).await?;
        let found = tables::skip(&window, position, &section.reader.dialect);
        let behind = Position { byte: position.byte + window.len() as u64, ..position };
        let next = found.unwrap_or(behind);
        section.ended = next.byte >= import.summary.progress.size_bytes;
        section.cut = found.is_none() && !section.ended && !window.is_empty();
        section.batch.position = (next.byte, next.line);
    }
    Ok(())
}

/// Stores a batch and the position after it. Says no, having stored nothing, when the import was stopped or is another
/// process' by now.
async fn store(db: &Db, import: &mut LeadImport, owner: Uuid, section: &Section) -> Result<bool, ServiceError> {
    let batch = &section.batch;
    let stranger = |place: usize| section.reader.stranger(&section.rows[place], &section.window);
    let mut tx = db.begin_write().await?;
    let Some(stored) = imports::step(&mut tx, import, owner, batch, LEASE, &stranger).await? else { return Ok(false) };
    tx.commit().await?;
    import.advance(batch, &stored);
    Ok(true)
}

/// Reads a file to its end, or until it is cancelled. Says no when it is left because the process is to stop.
async fn read(
    db: &Db,
    import: &mut LeadImport,
    owner: Uuid,
    stop: &watch::Receiver<bool>,
) -> Result<bool, ServiceError> {
    let reader = match LeadReader::of(import) {
        Ok(reader) => reader,
        Err(failure) => {
            end(db, import, owner, Some(failure.trim_end_matches('.'))).await?;
            return Ok(true);
        }
    };
    let mut reading = begin(db, import, &reader, import.position).await?;
    while !*stop.borrow() {
        let Reading(judged, line) = reading;
        let mut section = match judged.await {
            Ok(section) => section,
            Err(error) => {
                // Tried again, it would end the same way.
                tracing::error!(cause = %error, line, "reading a file of leads failed");
                let failure = format!("reading it failed at line {line}; please report it");
                end(db, import, owner, Some(&failure)).await?;
                return Ok(true);
            }
        };
        skip_rest(db, import, &mut section).await?;
        if section.batch.position == import.position && !section.ended {
            end(db, import, owner, Some("a part of the file is missing; upload it again")).await?;
            return Ok(true);
        }
        // The next rows are read while these are stored.
        let ahead = if section.ended { None } else { Some(begin(db, import, &reader, section.batch.position).await?) };
        if !store(db, import, owner, &section).await? {
            // Cancelled, or somebody else's by now.
            return Ok(true);
        }
        match ahead {
            Some(next) => reading = next,
            None => {
                end(db, import, owner, None).await?;
                return Ok(true);
            }
        }
    }
    Ok(false)
}

async fn end(db: &Db, import: &LeadImport, owner: Uuid, failure: Option<&str>) -> Result<(), ServiceError> {
    let mut tx = db.begin_write().await?;
    lead_imports::end(&mut tx, import, owner, failure).await?;
    tx.commit().await?;
    Ok(db.optimize().await?)
}
