//! Reading uploaded files, a batch at a time: those of leads, which admins hand in, and those of outcomes, which partners do.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{
    lead_imports::{ImportKind, ReadLead, RejectedRow},
    leads::LeadStatus,
    outcome_imports::ReadOutcome,
};
use services::{
    PartnerActor, Portal, ServiceError,
    lead_imports::{self, LeadReader},
    outcome_imports::{self, OutcomeReader},
    tables::{self, Dialect, Position, Row},
};
use store::{
    Db, StoreError,
    lead_imports::{self as imports, Batch, LeadImport},
};
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

/// How often it is looked for something to read.
const EVERY: Duration = Duration::from_millis(500);
/// How long a file is nobody else's: far longer than a batch takes. A process that dies holds a file up for so long.
const LEASE: TimeDelta = TimeDelta::seconds(20);

/// Reads what is started, until told to stop; what is under way then is left after the batch that is being stored.
pub async fn work(db: Db, portal: Arc<Portal>, mut stop: watch::Receiver<bool>) {
    let Ok(owner) = db.new_id() else {
        tracing::error!("the system gives no random numbers; uploaded files are not read");
        return;
    };
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.changed() => return,
        }
        if let Err(error) = run_once(&db, &portal, owner, &stop).await {
            tracing::warn!(cause = %error, "an import could not continue; it will be tried again");
        }
    }
}

/// Reads one file after the other until none is left.
///
/// # Errors
/// When the database does not answer. Whoever reads on does so behind the last batch that was stored.
pub async fn run_once(
    db: &Db,
    portal: &Arc<Portal>,
    owner: Uuid,
    stop: &watch::Receiver<bool>,
) -> Result<(), ServiceError> {
    while let Some(mut import) = lease(db, owner).await? {
        match read(db, portal, &mut import, owner, stop).await {
            Ok(true) => {}
            Ok(false) => return release(db, &import, owner).await,
            // Tried again, it would end the same way.
            Err(ServiceError::Store(StoreError::Unstorable(what))) => {
                tracing::error!(cause = %what, line = import.position.1, "a row of an uploaded file cannot be stored");
                let line = import.position.1;
                let failure = format!("something after line {line} cannot be stored; please report it");
                end(db, &import, owner, Some(&failure)).await?;
            }
            Err(error) => {
                // Nobody need wait for the end of the lease to try again.
                release(db, &import, owner).await?;
                return Err(error);
            }
        }
    }
    Ok(())
}

async fn release(db: &Db, import: &LeadImport, owner: Uuid) -> Result<(), ServiceError> {
    let mut tx = db.begin_write().await?;
    imports::release(&mut tx, import.summary.id, owner).await?;
    Ok(tx.commit().await?)
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

/// What came of storing rows.
enum Stored {
    /// They are.
    Yes,
    /// Nothing was stored: the import was stopped or is another process' by now.
    NotOurs,
    /// Nothing was stored, nor will be, because of this.
    Never(&'static str),
}

/// What the rows of a file are read as, and how that is stored.
trait Rows: Clone + Send + Sync + 'static {
    /// What a row is.
    type Read: Send;
    /// Rows stored in one transaction: few enough that whoever wants to write in between does not wait for long.
    const BATCH: usize;

    fn dialect(&self) -> &Dialect;
    fn read(&self, row: &Row, window: &[u8]) -> Result<Self::Read, RejectedRow>;

    /// Stores rows and the position after them.
    fn store(
        &self,
        db: &Db,
        import: &mut LeadImport,
        owner: Uuid,
        section: Section<Self::Read>,
    ) -> impl Future<Output = Result<Stored, ServiceError>> + Send;
}

/// Rows that were read of a file, ready to be stored, with what it takes to say more of one.
struct Section<T> {
    rows: Vec<(Row, T)>,
    rejects: Vec<RejectedRow>,
    /// Where the next row begins: its byte and its line.
    position: (u64, u64),
    window: Vec<u8>,
    /// Whether the rest of the line at its end belongs to its last row.
    cut: bool,
    /// Whether the file ends with it.
    ended: bool,
}

/// Reads the rows of a window on a file.
fn section<R: Rows>(reader: &R, window: Vec<u8>, is_last: bool, position: Position) -> Section<R::Read> {
    let found = tables::read(&window, is_last, position, reader.dialect(), R::BATCH);
    let (mut rows, mut rejects) = (Vec::with_capacity(found.rows.len()), Vec::new());
    for row in found.rows {
        match reader.read(&row, &window) {
            Ok(read) => rows.push((row, read)),
            Err(rejected) => rejects.push(rejected),
        }
    }
    Section { rows, rejects, position: (found.next.byte, found.next.line), window, cut: found.cut, ended: found.ended }
}

/// A section that is being read, and the line at which it begins.
struct Reading<T>(JoinHandle<Section<T>>, u64);

/// Begins to read the section at a position, not on the threads that answer requests.
async fn begin<R: Rows>(
    db: &Db,
    import: &LeadImport,
    reader: &R,
    at: (u64, u64),
) -> Result<Reading<R::Read>, ServiceError> {
    let window = imports::window(&mut db.reader().await?, import, at.0).await?;
    let is_last = at.0 + window.len() as u64 >= import.summary.progress.size_bytes;
    let (reader, position) = (reader.clone(), Position { byte: at.0, line: at.1 });
    Ok(Reading(tokio::task::spawn_blocking(move || section(&reader, window, is_last, position)), at.1))
}

/// Goes on behind a row that is longer than its window.
async fn skip_rest<T>(
    db: &Db,
    import: &LeadImport,
    dialect: &Dialect,
    section: &mut Section<T>,
) -> Result<(), ServiceError> {
    while section.cut {
        let position = Position { byte: section.position.0, line: section.position.1 };
        let window = imports::window(&mut db.reader().await?, import, position.byte).await?;
        let found = tables::skip(&window, position, dialect);
        let behind = Position { byte: position.byte + window.len() as u64, ..position };
        let next = found.unwrap_or(behind);
        section.ended = next.byte >= import.summary.progress.size_bytes;
        section.cut = found.is_none() && !section.ended && !window.is_empty();
        section.position = (next.byte, next.line);
    }
    Ok(())
}

impl Rows for LeadReader {
    type Read = ReadLead;
    const BATCH: usize = 1_000;

    fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    fn read(&self, row: &Row, window: &[u8]) -> Result<ReadLead, RejectedRow> {
        Self::read(self, row, window)
    }

    async fn store(
        &self,
        db: &Db,
        import: &mut LeadImport,
        owner: Uuid,
        section: Section<ReadLead>,
    ) -> Result<Stored, ServiceError> {
        let Section { rows, rejects, position, window, .. } = section;
        let mut batch = Batch { rejects, position, ..Batch::default() };
        let (rows, leads): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        for read in leads {
            batch.warned += u64::from(!read.warnings.is_empty());
            batch.leads.push((read.lead, LeadStatus::New));
        }
        let stranger = |place: usize| self.stranger(&rows[place], &window);
        let mut tx = db.begin_write().await?;
        let stored = imports::step(&mut tx, import, owner, &batch, LEASE, &stranger).await?;
        let Some(stored) = stored else { return Ok(Stored::NotOurs) };
        tx.commit().await?;
        import.advance(&batch, &stored);
        Ok(Stored::Yes)
    }
}

/// Reads outcomes in the name of whoever handed the file in.
#[derive(Clone)]
struct Outcomes {
    reader: OutcomeReader,
    portal: Arc<Portal>,
}

impl Rows for Outcomes {
    type Read = ReadOutcome;
    const BATCH: usize = 250;

    fn dialect(&self) -> &Dialect {
        &self.reader.dialect
    }

    fn read(&self, row: &Row, window: &[u8]) -> Result<ReadOutcome, RejectedRow> {
        self.reader.read(row, window)
    }

    async fn store(
        &self,
        db: &Db,
        import: &mut LeadImport,
        owner: Uuid,
        section: Section<ReadOutcome>,
    ) -> Result<Stored, ServiceError> {
        let Section { rows, rejects, position, window, .. } = section;
        let batch = outcome_imports::Batch { rows, rejects, position };
        let mut tx = db.begin_write().await?;
        // Read anew each time: somebody who was shut out changes nothing more.
        let Some(scope) = outcome_imports::reader_of(&mut tx, import).await? else {
            return Ok(Stored::Never(SHUT_OUT));
        };
        let actor = PartnerActor::new(self.portal.clone(), scope, String::new());
        let mine =
            outcome_imports::step(&actor, &mut tx, (import, owner, LEASE), &self.reader, (&window, batch)).await?;
        if !mine {
            return Ok(Stored::NotOurs);
        }
        tx.commit().await?;
        Ok(Stored::Yes)
    }
}

/// Why a file of outcomes is not read on.
const SHUT_OUT: &str = "whoever uploaded it may not record outcomes any more; somebody else has to upload it";

/// Reads a file to its end, or until it is cancelled. Says no when it is left because the process is to stop.
async fn read(
    db: &Db,
    portal: &Arc<Portal>,
    import: &mut LeadImport,
    owner: Uuid,
    stop: &watch::Receiver<bool>,
) -> Result<bool, ServiceError> {
    let reader = match import.kind {
        ImportKind::Leads => match LeadReader::of(import) {
            Ok(reader) => return read_rows(db, &reader, import, owner, stop).await,
            Err(failure) => Err(failure),
        },
        ImportKind::Outcomes => {
            let mut read = db.reader().await?;
            match outcome_imports::reader_of(&mut read, import).await? {
                Some(scope) => OutcomeReader::of(&mut read, &scope, import).await?,
                None => Err(SHUT_OUT.to_owned()),
            }
        }
    };
    match reader {
        Ok(reader) => read_rows(db, &Outcomes { reader, portal: portal.clone() }, import, owner, stop).await,
        Err(failure) => {
            end(db, import, owner, Some(failure.trim_end_matches('.'))).await?;
            Ok(true)
        }
    }
}

async fn read_rows<R: Rows>(
    db: &Db,
    reader: &R,
    import: &mut LeadImport,
    owner: Uuid,
    stop: &watch::Receiver<bool>,
) -> Result<bool, ServiceError> {
    let mut reading = begin(db, import, reader, import.position).await?;
    while !*stop.borrow() {
        let Reading(judged, line) = reading;
        let mut section = match judged.await {
            Ok(section) => section,
            Err(error) => {
                // Tried again, it would end the same way.
                tracing::error!(cause = %error, line, "reading an uploaded file failed");
                let failure = format!("reading it failed at line {line}; please report it");
                end(db, import, owner, Some(&failure)).await?;
                return Ok(true);
            }
        };
        skip_rest(db, import, reader.dialect(), &mut section).await?;
        if section.position == import.position && !section.ended {
            end(db, import, owner, Some("a part of the file is missing; upload it again")).await?;
            return Ok(true);
        }
        // The next rows are read while these are stored.
        let ahead = if section.ended { None } else { Some(begin(db, import, reader, section.position).await?) };
        match reader.store(db, import, owner, section).await? {
            Stored::Yes => {}
            Stored::NotOurs => {
                tracing::info!(line, "an import was stopped, or is another process' by now");
                return Ok(true);
            }
            Stored::Never(failure) => {
                end(db, import, owner, Some(failure)).await?;
                return Ok(true);
            }
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
    match import.kind {
        ImportKind::Leads => lead_imports::end(&mut tx, import, owner, failure).await?,
        ImportKind::Outcomes => outcome_imports::end(&mut tx, import, owner, failure).await?,
    }
    tx.commit().await?;
    // What many new rows change is how queries are best answered.
    let grown = import.kind == ImportKind::Leads && import.summary.progress.added > 0;
    if grown { Ok(db.optimize().await?) } else { Ok(()) }
}
