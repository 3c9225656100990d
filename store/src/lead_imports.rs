//! Files of leads: kept in pieces, read by a worker, with the position it has reached.
//!
//! The leads of a batch, its rejected rows and the position after it change in one transaction ([`step`]). So whenever a
//! process dies, the next one continues exactly where the last stored batch ended: no row is lost, none counted twice.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{AccountId, LeadImportId, PartnerId},
    lead_imports::{ImportProgress, ImportState, ImportSummary, RejectedRow},
    leads::{Defaults, LeadStatus, NewLead},
    money::Currency,
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    error::parse_stored,
    leads::{Inserted, Push, insert_unscoped},
    sql::{Sql, insert, sql},
};

/// Bytes of a piece of a file. Two pieces are read at once, so that any row up to this length is read whole.
pub const PIECE: usize = 256 * 1024;

/// A file that is to be taken.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Whose leads are in it.
    pub partner: PartnerId,
    /// What it is called.
    pub name: String,
    /// Whether its leads go out to the partner's webhook and mailboxes.
    pub push: bool,
}

/// What was found out about a file when all of it had come.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Its length in bytes.
    pub size: u64,
    /// The sign between cells.
    pub delimiter: char,
    /// The names of its columns.
    pub header: Vec<String>,
    /// What each is: an identifier of [`domain::lead_imports::COLUMNS`].
    pub columns: Vec<String>,
    /// Where the first row begins: its byte and its line.
    pub first: (u64, u64),
}

/// Begins to take a file; nothing for a partner that is not the account's, or is archived.
pub async fn begin(tx: &mut Tx, scope: &AdminScope, file: &NewFile) -> Result<Option<LeadImportId>, StoreError> {
    let known = sql("SELECT id FROM partners WHERE account_id = $1 AND id = $2 AND status <> 'archived'")
        .bind(scope.account_id())
        .bind(file.partner)
        .optional::<(Uuid,)>(tx.conn())
        .await?;
    if known.is_none() {
        return Ok(None);
    }
    let id = LeadImportId(tx.new_id()?);
    let row = [
        ("id", id.into()),
        ("account_id", scope.account_id().into()),
        ("partner_id", file.partner.into()),
        ("file_name", file.name.as_str().into()),
        ("push", file.push.into()),
        ("created_by", scope.session().user_name().into()),
        ("created_at", tx.now().into()),
        ("state", ImportState::Uploading.as_str().into()),
        ("trouble", "".into()),
        ("size_bytes", 0_i64.into()),
        ("delimiter", ",".into()),
        ("header", "[]".into()),
        ("columns", "[]".into()),
        ("offset_bytes", 0_i64.into()),
        ("line", 1_i64.into()),
        ("added", 0_i64.into()),
        ("known", 0_i64.into()),
        ("rejected", 0_i64.into()),
        ("resumed_rows", 0_i64.into()),
        ("resumed_bytes", 0_i64.into()),
        ("has_file", true.into()),
    ];
    insert("lead_imports", row).execute(tx.conn()).await?;
    Ok(Some(id))
}

/// Keeps the next piece of a file that is being taken.
pub async fn keep_piece(
    tx: &mut Tx,
    scope: &AdminScope,
    id: LeadImportId,
    position: i64,
    content: &[u8],
) -> Result<(), StoreError> {
    sql("INSERT INTO lead_import_pieces (import_id, position, content)
        SELECT id, $1, $2 FROM lead_imports WHERE account_id = $3 AND id = $4 AND state = 'uploading'")
    .bind(position)
    .bind(content)
    .bind(scope.account_id())
    .bind(id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// All of it has come: it waits to be started.
pub async fn finish(tx: &mut Tx, scope: &AdminScope, id: LeadImportId, layout: &Layout) -> Result<(), StoreError> {
    sql("UPDATE lead_imports SET state = 'ready', size_bytes = $1, delimiter = $2, header = $3, columns = $4,
            offset_bytes = $5, line = $6, resumed_bytes = $5
        WHERE account_id = $7 AND id = $8 AND state = 'uploading'")
    .bind(int(layout.size))
    .bind(layout.delimiter.to_string())
    .bind(texts(&layout.header))
    .bind(texts(&layout.columns))
    .bind(int(layout.first.0))
    .bind(int(layout.first.1))
    .bind(scope.account_id())
    .bind(id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Deletes a file of which nothing was imported. Says whether there was one.
pub async fn discard(tx: &mut Tx, scope: &AdminScope, id: LeadImportId) -> Result<bool, StoreError> {
    let mine = sql("SELECT id FROM lead_imports WHERE account_id = $1 AND id = $2 AND state IN ('uploading', 'ready')")
        .bind(scope.account_id())
        .bind(id)
        .optional::<(Uuid,)>(tx.conn())
        .await?;
    if mine.is_none() {
        return Ok(false);
    }
    sql("DELETE FROM lead_import_pieces WHERE import_id = $1").bind(id).execute(tx.conn()).await?;
    sql("DELETE FROM lead_imports WHERE id = $1").bind(id).execute(tx.conn()).await?;
    Ok(true)
}

/// An import with what it takes to read its file.
#[derive(Debug, Clone)]
pub struct LeadImport {
    /// What lists show.
    pub summary: ImportSummary,
    /// Whose it is.
    pub account: AccountId,
    /// Whether its leads go out.
    pub push: bool,
    /// The sign between cells.
    pub delimiter: char,
    /// The names of the columns.
    pub header: Vec<String>,
    /// What each is.
    pub columns: Vec<String>,
    /// Where the next row begins: its byte and its line.
    pub position: (u64, u64),
    /// What rows do not say themselves.
    pub defaults: Defaults,
}

impl LeadImport {
    /// Goes on behind a batch that is stored for good.
    pub fn advance(&mut self, batch: &Batch, stored: &Inserted) {
        self.position = batch.position;
        let progress = &mut self.summary.progress;
        progress.added += stored.added;
        progress.known += stored.known;
        progress.rejected += batch.rejects.len() as u64;
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    partner_id: Uuid,
    partner_name: String,
    file_name: String,
    push: bool,
    created_by: String,
    created_at: DateTime<Utc>,
    state: String,
    trouble: String,
    size_bytes: i64,
    delimiter: String,
    header: String,
    columns: String,
    offset_bytes: i64,
    line: i64,
    added: i64,
    known: i64,
    rejected: i64,
    started_at: Option<DateTime<Utc>>,
    resumed_at: Option<DateTime<Utc>>,
    resumed_rows: i64,
    resumed_bytes: i64,
    ended_at: Option<DateTime<Utc>>,
    has_file: bool,
    time_zone: String,
    currency: String,
}

fn select() -> Sql {
    sql("SELECT i.id, i.account_id, i.partner_id, p.name AS partner_name, i.file_name, i.push, i.created_by, i.created_at,
            i.state, i.trouble, i.size_bytes, i.delimiter, i.header, i.columns, i.offset_bytes, i.line, i.added, i.known,
            i.rejected, i.started_at, i.resumed_at, i.resumed_rows, i.resumed_bytes, i.ended_at, i.has_file, a.time_zone,
            a.currency
        FROM lead_imports i JOIN partners p ON p.id = i.partner_id JOIN accounts a ON a.id = i.account_id WHERE ")
}

impl Row {
    fn import(self, now: DateTime<Utc>) -> Result<LeadImport, StoreError> {
        let zone: Zone = parse_stored(&self.time_zone)?;
        let currency: Currency = parse_stored(&self.currency)?;
        let rows = self.added + self.known + self.rejected;
        let running_for = self.resumed_at.map(|since| self.ended_at.unwrap_or(now) - since).unwrap_or_default();
        let progress = ImportProgress {
            state: parse_stored(&self.state)?,
            added: count(self.added),
            known: count(self.known),
            rejected: count(self.rejected),
            read_bytes: count(self.offset_bytes),
            size_bytes: count(self.size_bytes),
            lately: (
                count(rows - self.resumed_rows),
                count(self.offset_bytes - self.resumed_bytes),
                count(running_for.num_milliseconds()),
            ),
        };
        Ok(LeadImport {
            summary: ImportSummary {
                id: LeadImportId(self.id),
                file_name: self.file_name,
                partner: (PartnerId(self.partner_id), self.partner_name),
                created_by: self.created_by,
                created: zone.local(self.created_at),
                ended: self.ended_at.map(|at| zone.local(at)),
                error: self.trouble,
                has_file: self.has_file,
                progress,
            },
            account: AccountId(self.account_id),
            push: self.push,
            delimiter: self.delimiter.chars().next().unwrap_or(','),
            header: from_texts(&self.header)?,
            columns: from_texts(&self.columns)?,
            position: (count(self.offset_bytes), count(self.line)),
            defaults: Defaults { zone, currency, now: self.started_at.unwrap_or(now) },
        })
    }
}

/// The latest imports, without those whose files have not come to their end.
pub async fn list(read: &mut Reader, scope: &AdminScope, most: i64) -> Result<Vec<ImportSummary>, StoreError> {
    let rows = select()
        .push("i.account_id = ")
        .arg(scope.account_id())
        .push(" AND i.state <> 'uploading' ORDER BY i.created_at DESC, i.id DESC LIMIT ")
        .arg(most)
        .all::<Row>(read.conn())
        .await?;
    rows.into_iter().map(|row| Ok(row.import(read.now())?.summary)).collect()
}

/// One of them; nothing for any other id.
pub async fn get(read: &mut Reader, scope: &AdminScope, id: LeadImportId) -> Result<Option<LeadImport>, StoreError> {
    let row = select()
        .push("i.account_id = ")
        .arg(scope.account_id())
        .push(" AND i.id = ")
        .arg(id)
        .optional::<Row>(read.conn())
        .await?;
    row.map(|row| row.import(read.now())).transpose()
}

/// Says what the columns are, while nothing was read yet. Says whether that could be done.
pub async fn map(tx: &mut Tx, scope: &AdminScope, id: LeadImportId, columns: &[String]) -> Result<bool, StoreError> {
    let changed = sql("UPDATE lead_imports SET columns = $1 WHERE account_id = $2 AND id = $3 AND state = 'ready'")
        .bind(texts(columns))
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(changed == 1)
}

/// Starts it, or resumes it where it was stopped. Says whether that could be done.
pub async fn start(tx: &mut Tx, scope: &AdminScope, id: LeadImportId) -> Result<bool, StoreError> {
    let changed = sql(
        "UPDATE lead_imports SET state = 'running', trouble = '', started_at = COALESCE(started_at, $1), resumed_at = $1,
            resumed_rows = added + known + rejected, resumed_bytes = offset_bytes, ended_at = NULL, lease_owner = NULL,
            leased_until_at = NULL
        WHERE account_id = $2 AND id = $3 AND has_file AND state IN ('ready', 'cancelled', 'failed')",
    )
    .bind(tx.now())
    .bind(scope.account_id())
    .bind(id)
    .execute(tx.conn())
    .await?;
    Ok(changed == 1)
}

/// Stops it: what is stored stays, and it can be resumed. Says whether it was running.
pub async fn cancel(tx: &mut Tx, scope: &AdminScope, id: LeadImportId) -> Result<bool, StoreError> {
    let changed =
        sql("UPDATE lead_imports SET state = 'cancelled', ended_at = $1, lease_owner = NULL, leased_until_at = NULL
        WHERE account_id = $2 AND id = $3 AND state = 'running'")
        .bind(tx.now())
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(changed == 1)
}

/// The bytes of a file from a position on: at least [`PIECE`] of them, unless the file ends before.
///
/// **Bypass:** it takes no scope but an import, which only [`get`] and [`lease`] give.
pub async fn window(read: &mut Reader, import: &LeadImport, offset: u64) -> Result<Vec<u8>, StoreError> {
    let piece = PIECE as u64;
    let pieces = sql("SELECT content FROM lead_import_pieces WHERE import_id = $1 AND position BETWEEN $2 AND $3
        ORDER BY position")
    .bind(import.summary.id)
    .bind(int(offset / piece))
    .bind(int(offset / piece + 1))
    .all::<(Vec<u8>,)>(read.conn())
    .await?;
    let mut bytes = Vec::with_capacity(2 * PIECE);
    for (content,) in pieces {
        bytes.extend_from_slice(&content);
    }
    let before = usize::try_from(offset % piece).unwrap_or(0).min(bytes.len());
    bytes.drain(..before);
    Ok(bytes)
}

/// Rejected rows behind a byte of the file, in the file's order.
pub async fn rejects(
    read: &mut Reader,
    scope: &AdminScope,
    id: LeadImportId,
    after: Option<u64>,
    most: i64,
) -> Result<Vec<RejectedRow>, StoreError> {
    let rows = sql("SELECT r.offset_bytes, r.line, r.errors, r.cells FROM lead_import_rejects r
        JOIN lead_imports i ON i.id = r.import_id
        WHERE i.account_id = $1 AND r.import_id = $2 AND r.offset_bytes > $3 ORDER BY r.offset_bytes LIMIT $4")
    .bind(scope.account_id())
    .bind(id)
    .bind(after.map_or(-1, int))
    .bind(most)
    .all::<(i64, i64, String, String)>(read.conn())
    .await?;
    let row = |(at, line, errors, cells): (i64, i64, String, String)| {
        Ok(RejectedRow {
            at: count(at),
            line: count(line),
            errors: serde_json::from_str(&errors).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            cells: from_texts(&cells)?,
        })
    };
    rows.into_iter().map(row).collect()
}

/// Which imports nobody reads.
const FREE: &str = "state = 'running' AND (leased_until_at IS NULL OR leased_until_at <= $1)";

/// The import that runs, that no process reads and that has waited longest.
///
/// **Bypass:** it takes no scope. It is for the worker.
pub async fn candidate(read: &mut Reader) -> Result<Option<LeadImportId>, StoreError> {
    let found = sql("SELECT id FROM lead_imports WHERE ")
        .push(FREE)
        .push(" ORDER BY started_at, id LIMIT 1")
        .bind(read.now())
        .optional::<(Uuid,)>(read.conn())
        .await?;
    Ok(found.map(|(id,)| LeadImportId(id)))
}

/// Takes the lease of the [`candidate`], unless another process was faster.
///
/// **Bypass:** it takes no scope. It is for the worker.
pub async fn lease(
    tx: &mut Tx,
    owner: Uuid,
    lease: TimeDelta,
    candidate: LeadImportId,
) -> Result<Option<LeadImport>, StoreError> {
    let now = tx.now();
    let taken = sql("UPDATE lead_imports SET lease_owner = $2, leased_until_at = $3 WHERE id = $4 AND ")
        .push(FREE)
        .bind(now)
        .bind(owner)
        .bind(now + lease)
        .bind(candidate)
        .execute(tx.conn())
        .await?;
    if taken == 0 {
        return Ok(None);
    }
    let row = select().push("i.id = ").arg(candidate).optional::<Row>(tx.conn()).await?;
    row.map(|row| row.import(now)).transpose()
}

/// A batch of rows that was read.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Those that are leads.
    pub leads: Vec<(NewLead, LeadStatus)>,
    /// Those that are not.
    pub rejects: Vec<RejectedRow>,
    /// Where the next row begins: its byte and its line.
    pub position: (u64, u64),
}

/// Stores a batch and the position after it. Answers nothing when the import was stopped or is another process' by now:
/// then the transaction must not be committed. Once it is, [`LeadImport::advance`] notes what was stored.
///
/// **Bypass:** it takes no scope. It is for the worker.
pub async fn step(
    tx: &mut Tx,
    import: &LeadImport,
    owner: Uuid,
    batch: &Batch,
    lease: TimeDelta,
) -> Result<Option<Inserted>, StoreError> {
    let (id, partner) = (import.summary.id, import.summary.partner.0);
    let push = if import.push { Push::Out } else { Push::Nowhere };
    let stored = insert_unscoped(tx, import.account, partner, &batch.leads, push).await?;
    let mut rows = Vec::with_capacity(batch.rejects.len());
    for reject in &batch.rejects {
        let errors = serde_json::to_string(&reject.errors).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        rows.push([
            ("import_id", id.into()),
            ("offset_bytes", int(reject.at).into()),
            ("line", int(reject.line).into()),
            ("errors", errors.into()),
            ("cells", texts(&reject.cells).into()),
        ]);
    }
    tx.insert_all("lead_import_rejects", rows, "").await?;
    let now = tx.now();
    let mine = sql("UPDATE lead_imports SET offset_bytes = $1, line = $2, added = added + $3, known = known + $4,
            rejected = rejected + $5, leased_until_at = $6
        WHERE id = $7 AND state = 'running' AND lease_owner = $8 AND leased_until_at > $9 AND offset_bytes = $10")
    .bind(int(batch.position.0))
    .bind(int(batch.position.1))
    .bind(int(stored.added))
    .bind(int(stored.known))
    .bind(int(batch.rejects.len() as u64))
    .bind(now + lease)
    .bind(id)
    .bind(owner)
    .bind(now)
    .bind(int(import.position.0))
    .execute(tx.conn())
    .await?;
    Ok((mine == 1).then_some(stored))
}

/// Ends an import the owner has the lease of: done, or failed for a reason. A done one's file is not needed any more. Says
/// whether it was still the owner's.
///
/// **Bypass:** it takes no scope. It is for the worker.
pub async fn end(tx: &mut Tx, import: &LeadImport, owner: Uuid, failure: Option<&str>) -> Result<bool, StoreError> {
    let state = if failure.is_some() { ImportState::Failed } else { ImportState::Done };
    let now = tx.now();
    let ended =
        sql("UPDATE lead_imports SET state = $1, trouble = $2, ended_at = $3, has_file = $4, lease_owner = NULL,
            leased_until_at = NULL
        WHERE id = $5 AND state = 'running' AND lease_owner = $6")
        .bind(state.as_str())
        .bind(failure.unwrap_or_default())
        .bind(now)
        .bind(failure.is_some())
        .bind(import.summary.id)
        .bind(owner)
        .execute(tx.conn())
        .await?;
    if ended == 1 && failure.is_none() {
        sql("DELETE FROM lead_import_pieces WHERE import_id = $1").bind(import.summary.id).execute(tx.conn()).await?;
    }
    Ok(ended == 1)
}

/// Gives a lease back, so that another process need not wait for its end.
///
/// **Bypass:** it takes no scope. It is for the worker.
pub async fn release(tx: &mut Tx, import: LeadImportId, owner: Uuid) -> Result<(), StoreError> {
    sql("UPDATE lead_imports SET lease_owner = NULL, leased_until_at = NULL WHERE id = $1 AND lease_owner = $2")
        .bind(import)
        .bind(owner)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Forgets what nobody needs any more: files that never came to their end or were never started, after a day; files of
/// stopped imports, after a week; rejected rows, thirty days after the end.
///
/// **Bypass:** it takes no scope. It is for housekeeping.
pub async fn forget(tx: &mut Tx) -> Result<(), StoreError> {
    let now = tx.now();
    sql("DELETE FROM lead_import_pieces WHERE import_id IN (SELECT id FROM lead_imports WHERE has_file
            AND ((state IN ('uploading', 'ready') AND created_at <= $1) OR (state IN ('cancelled', 'failed') AND ended_at <= $2)))")
    .bind(now - TimeDelta::days(1))
    .bind(now - TimeDelta::days(7))
    .execute(tx.conn())
    .await?;
    sql("DELETE FROM lead_imports WHERE has_file AND state IN ('uploading', 'ready') AND created_at <= $1")
        .bind(now - TimeDelta::days(1))
        .execute(tx.conn())
        .await?;
    sql("UPDATE lead_imports SET has_file = FALSE WHERE has_file AND state IN ('cancelled', 'failed') AND ended_at <= $1")
        .bind(now - TimeDelta::days(7))
        .execute(tx.conn())
        .await?;
    sql("DELETE FROM lead_import_rejects WHERE import_id IN (SELECT id FROM lead_imports WHERE ended_at <= $1)")
        .bind(now - TimeDelta::days(30))
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn from_texts(json: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(error.to_string()))
}
