//! Files of leads: kept in pieces, read by a worker, with the position it has reached.
//!
//! The leads of a batch, its rejected rows and the position after it change in one transaction ([`step`]). So whenever a
//! process dies, the next one continues exactly where the last stored batch ended: no row is lost, none counted twice.

mod admin;
mod owner;
mod worker;

pub use admin::{
    Layout, NewFile, begin, cancel, discard, drop_pieces, finish, get, keep_mapping, keep_mapping_unscoped, keep_piece,
    list, mapping, mapping_unscoped, rejects, start,
};
pub use owner::Importer;
pub use worker::{Step, candidate, end, forget, lease, move_on, release, step};

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, LeadImportId, PartnerId, UserId},
    lead_imports::{ImportKind, ImportProgress, ImportSummary, RejectedRow},
    leads::{Defaults, LeadStatus, NewLead},
    money::Currency,
    tables::Reading,
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError,
    error::parse_stored,
    leads::Inserted,
    sql::{Sql, sql},
};

/// Bytes of a piece of a file. Two pieces are read at once, so that any row up to this length is read whole.
pub const PIECE: usize = 256 * 1024;

/// An import with what it takes to read its file.
#[derive(Debug, Clone)]
pub struct LeadImport {
    /// What lists show.
    pub summary: ImportSummary,
    /// Whose it is.
    pub account: AccountId,
    /// What its rows are.
    pub kind: ImportKind,
    /// The partner's user it is read for, of a file of outcomes.
    pub user: Option<UserId>,
    /// Whether its leads go out.
    pub push: bool,
    /// How its file is read.
    pub reading: Reading,
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
        progress.rejected += (batch.rejects.len() + stored.strangers.len()) as u64;
        progress.warned += batch.warned;
    }
}

#[derive(FromRow)]
pub(super) struct Row {
    id: Uuid,
    account_id: Uuid,
    partner_id: Uuid,
    partner_name: String,
    file_name: String,
    push: bool,
    created_by: String,
    kind: String,
    created_by_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    state: String,
    trouble: String,
    size_bytes: i64,
    from_bytes: i64,
    reading: String,
    header: String,
    columns: String,
    offset_bytes: i64,
    line: i64,
    added: i64,
    known: i64,
    rejected: i64,
    warned: i64,
    started_at: Option<DateTime<Utc>>,
    resumed_at: Option<DateTime<Utc>>,
    resumed_rows: i64,
    resumed_bytes: i64,
    ended_at: Option<DateTime<Utc>>,
    has_file: bool,
    time_zone: String,
    currency: String,
}

pub(super) fn select() -> Sql {
    sql("SELECT lead_imports.*, p.name AS partner_name, a.time_zone, a.currency FROM lead_imports
        JOIN partners p ON p.id = lead_imports.partner_id JOIN accounts a ON a.id = lead_imports.account_id")
}

impl Row {
    pub(super) fn import(self, now: DateTime<Utc>) -> Result<LeadImport, StoreError> {
        let zone: Zone = parse_stored(&self.time_zone)?;
        let currency: Currency = parse_stored(&self.currency)?;
        let rows = self.added + self.known + self.rejected;
        let running_for = self.resumed_at.map(|since| self.ended_at.unwrap_or(now) - since).unwrap_or_default();
        let progress = ImportProgress {
            state: parse_stored(&self.state)?,
            added: count(self.added),
            known: count(self.known),
            rejected: count(self.rejected),
            warned: count(self.warned),
            from_bytes: count(self.from_bytes),
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
            kind: parse_stored(&self.kind)?,
            user: self.created_by_id.map(UserId),
            push: self.push,
            reading: serde_json::from_str(&self.reading).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            header: from_texts(&self.header)?,
            columns: from_texts(&self.columns)?,
            position: (count(self.offset_bytes), count(self.line)),
            defaults: Defaults { zone, currency, now: self.started_at.unwrap_or(now) },
        })
    }
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
    // Behind the end of a sheet the next one begins.
    bytes.truncate(usize::try_from(import.summary.progress.size_bytes.saturating_sub(offset)).unwrap_or(usize::MAX));
    Ok(bytes)
}

/// A batch of rows that was read.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Those that are leads.
    pub leads: Vec<(NewLead, LeadStatus)>,
    /// Those that are not.
    pub rejects: Vec<RejectedRow>,
    /// How many of the leads have something that could not be used.
    pub warned: u64,
    /// Where the next row begins: its byte and its line.
    pub position: (u64, u64),
}

pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(super) fn texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

pub(super) fn from_texts(json: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(error.to_string()))
}
