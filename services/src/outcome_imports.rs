//! Files in which partners say what became of their leads: looked over, mapped, started, cancelled; read by a worker.
//!
//! Such a file is kept and read like a file of leads ([`crate::lead_imports`]). A row whose lead cannot be told is rejected, with the
//! reason: nothing is guessed.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use domain::{
    access::Permission,
    audit::{AuditAction, AuditResult},
    ids::{LeadId, LeadImportId},
    lead_imports::{CellError, ImportState, RejectedRow},
    leads::Outcome,
    outcome_imports::{
        OutcomeColumn, OutcomeImportView, OutcomeMapping, OutcomePreview, OutcomeSample, ReadOutcome, suggest,
    },
    tables::Reading,
};
use store::{
    Reader, Tx,
    access::{PartnerScope, PartnerSession},
    lead_imports::{self, Layout, LeadImport, Step},
    leads::{self, FoundLead, Identified, Named},
};
use uuid::Uuid;

use crate::{
    PartnerActor, ServiceError,
    lead_imports::{
        Choice, columns_of, find, first_rows, guarded, is_other_text, keep, laid_out, layout_of, read_anew, rejected,
    },
    record_system,
    tables::{self, BadFile, Dialect, ReadRows, Row},
};

/// Rows that are shown of an import, of each kind.
const SHOWN: usize = 10;

/// Reads rows as outcomes.
#[derive(Debug, Clone)]
pub struct OutcomeReader {
    /// How the file is read.
    pub dialect: Dialect,
    mapping: OutcomeMapping,
}

impl OutcomeReader {
    /// One for an import, as somebody has said its columns are.
    ///
    /// # Errors
    /// The outer one when the database does not answer; the inner one says as a sentence why nothing can be read that way.
    pub async fn of(
        read: &mut Reader,
        scope: &PartnerScope,
        import: &LeadImport,
    ) -> Result<Result<Self, String>, ServiceError> {
        let choices = leads::outcomes(read, scope).await?;
        let calling_code = leads::calling_code(read, scope).await?;
        let columns = import.header.iter().zip(&import.columns);
        let columns = columns.map(|(name, word)| Some((name.clone(), word.parse::<OutcomeColumn>().ok()?)));
        let Some(columns) = columns.collect::<Option<Vec<_>>>() else {
            return Ok(Err("A column is of an unknown kind.".to_owned()));
        };
        let written = (import.defaults.currency, import.reading.decimal);
        let mapping = OutcomeMapping::new(columns, choices, written, calling_code);
        Ok(mapping.map(|mapping| Self { dialect: Dialect::of(&import.reading), mapping }))
    }

    /// Reads a row of a window.
    ///
    /// # Errors
    /// The row with everything that is wrong with it.
    pub fn read(&self, row: &Row, window: &[u8]) -> Result<ReadOutcome, RejectedRow> {
        guarded(&self.dialect, row, window, |cells| self.mapping.read(cells))
    }

    /// A row that cannot be used beside what is known of its lead.
    fn unusable(&self, row: &Row, window: &[u8], wrong: CellError) -> RejectedRow {
        rejected(&self.dialect, row, window, vec![wrong])
    }

    /// A row whose lead cannot be told.
    fn unmatched(&self, row: &Row, window: &[u8], read: &ReadOutcome, found: &FoundLead) -> RejectedRow {
        let by = match (read.id.is_empty(), read.email.is_empty()) {
            (false, _) => OutcomeColumn::LeadId,
            (true, false) => OutcomeColumn::Email,
            (true, true) => OutcomeColumn::Phone,
        };
        let message = match found {
            FoundLead::Several(count) => format!("{count} of your leads have it: add the lead’s id"),
            FoundLead::Different => {
                "email and phone belong to different leads: correct one, or add the lead’s id".to_owned()
            }
            FoundLead::None | FoundLead::One(_) => "none of your leads has it".to_owned(),
        };
        let column = if *found == FoundLead::Different { None } else { self.mapping.name_of(by) };
        self.unusable(row, window, CellError { column, message })
    }

    /// Which leads rows mean: each row with its lead, or rejected.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn matched(
        &self,
        read: &mut Reader,
        scope: &PartnerScope,
        window: &[u8],
        rows: &[(Row, ReadOutcome)],
    ) -> Result<Vec<Result<Identified, RejectedRow>>, ServiceError> {
        let named = rows.iter().map(|(_, read)| Named {
            id: read.id.clone(),
            email: read.email.clone(),
            phones: read.phones.clone(),
        });
        let found = leads::identify(read, scope, &named.collect::<Vec<_>>()).await?;
        let matched = found.into_iter().zip(rows).map(|(found, (row, read))| match found {
            FoundLead::One(lead) => Ok(*lead),
            other => Err(self.unmatched(row, window, read, &other)),
        });
        Ok(matched.collect())
    }
}

/// An import, with what its file would do or what became of it.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's.
pub async fn view(
    actor: &PartnerActor,
    read: &mut Reader,
    id: LeadImportId,
) -> Result<OutcomeImportView, ServiceError> {
    let import = find(actor.scope(), read, id).await?;
    let preview = match import.summary.progress.state {
        ImportState::Ready => Some(preview(actor, read, &import).await?),
        _ => None,
    };
    let shown = i64::try_from(SHOWN).unwrap_or(10);
    let rejects = if import.summary.progress.rejected > 0 {
        lead_imports::rejects(read, actor.scope(), id, None, shown).await?
    } else {
        Vec::new()
    };
    Ok(OutcomeImportView { summary: import.summary, preview, rejects })
}

/// Why nothing can be read, if so: as a sentence.
fn problem_of(reader: &Result<OutcomeReader, String>, found: &ReadRows) -> Option<String> {
    match reader {
        Err(problem) => Some(problem.clone()),
        Ok(_) if found.rows.is_empty() => Some("The file has a header and no rows.".to_owned()),
        Ok(_) => None,
    }
}

/// What a file would do, judged by how it begins.
async fn preview(actor: &PartnerActor, read: &mut Reader, import: &LeadImport) -> Result<OutcomePreview, ServiceError> {
    let (window, found) = first_rows(read, import).await?;
    let values = tables::sample(&found.rows, &Dialect::of(&import.reading));
    let reader = OutcomeReader::of(read, actor.scope(), import).await?;
    let mut preview = OutcomePreview {
        reading: import.reading.clone(),
        columns: columns_of(import, &values),
        problem: problem_of(&reader, &found),
        samples: Vec::new(),
        rejects: Vec::new(),
        counts: (0, 0, 0),
        whole: found.ended,
    };
    let Ok(reader) = reader else { return Ok(preview) };
    let mut rows = Vec::with_capacity(found.rows.len());
    for row in found.rows {
        match reader.read(&row, &window) {
            Ok(outcome) => rows.push((row, outcome)),
            Err(row) => preview.rejects.push(row),
        }
    }
    let mut changes = Changes::default();
    let rows = changes.saying(rows);
    for (matched, (row, said)) in reader.matched(read, actor.scope(), &window, &rows).await?.into_iter().zip(&rows) {
        match matched {
            Ok(lead) => match changes.add(&lead, |before| reader.mapping.said(said, before)) {
                Ok(Some(outcome)) if preview.samples.len() < SHOWN => {
                    preview.samples.push(sample(&reader.mapping, row.position.line, &lead, &outcome));
                }
                Ok(_) => {}
                Err(wrong) => preview.rejects.push(reader.unusable(row, &window, wrong)),
            },
            Err(row) => preview.rejects.push(row),
        }
    }
    preview.counts = (changes.added, changes.known, preview.rejects.len() as u64);
    preview.rejects.sort_by_key(|row| row.at);
    preview.rejects.truncate(SHOWN);
    Ok(preview)
}

fn sample(mapping: &OutcomeMapping, line: u64, lead: &Identified, said: &Outcome) -> OutcomeSample {
    let label = |code: &Option<String>| code.as_ref().map(|code| mapping.label(code).to_owned());
    OutcomeSample {
        line,
        name: lead.name.clone(),
        before: label(&lead.outcome.code),
        after: label(&said.code),
        value: said.value,
        comment: said.comment.clone(),
    }
}

/// Says how a file is read and what its columns are; with `start` it is started as well, where it can be read that way.
///
/// When the encoding, the separator or the sheet changes the columns are found out anew, and it is not started: somebody has to see
/// what became of them.
///
/// # Errors
/// As [`view`]; [`ServiceError::BadRequest`] for unknown values, [`ServiceError::Changed`] when it was started already,
/// [`ServiceError::Invalid`] when the file is no table read that way.
pub async fn map(actor: &PartnerActor, tx: &mut Tx, id: LeadImportId, choice: &Choice) -> Result<(), ServiceError> {
    let mut import = find(actor.scope(), tx, id).await?;
    if import.summary.progress.state != ImportState::Ready {
        return Err(ServiceError::Changed);
    }
    let reading = choice.reading.applied(&import.reading)?;
    if is_other_text(&reading, &import.reading) {
        return read_anew(actor.scope(), tx, &import, reading, lay_out).await;
    }
    let known = choice.columns.iter().all(|word| word.parse::<OutcomeColumn>().is_ok());
    if choice.columns.len() != import.header.len() || !known {
        return Err(ServiceError::BadRequest);
    }
    import.reading = reading;
    choice.columns.clone_into(&mut import.columns);
    keep(actor.scope(), tx, id, &layout_of(&import)).await?;
    // Where it cannot be read that way the page says why, with what was chosen still there.
    if choice.start {
        let (_, found) = first_rows(tx, &import).await?;
        let reader = OutcomeReader::of(tx, actor.scope(), &import).await?;
        if problem_of(&reader, &found).is_none() {
            start(actor, tx, &import).await?;
        }
    }
    Ok(())
}

/// What a window on the beginning of a file says of all of it.
fn lay_out(window: &[u8], size: u64, reading: Reading) -> Result<Layout, BadFile> {
    let layout = laid_out(window, size, reading, &[])?;
    let columns = layout.header.iter().zip(&layout.columns).map(|(name, word)| (name.as_str(), word.as_str()));
    let columns = suggest(columns).into_iter().map(|column| column.as_str().to_owned()).collect();
    Ok(Layout { columns, ..layout })
}

/// All of an upload has come: it waits to be started.
///
/// # Errors
/// The outer one when the database does not answer, the inner one when the file is no table.
pub async fn finish_upload(
    actor: &PartnerActor,
    tx: &mut Tx,
    id: LeadImportId,
    window: &[u8],
    size: u64,
    reading: Reading,
) -> Result<Result<(), BadFile>, ServiceError> {
    match lay_out(window, size, reading) {
        Ok(layout) => keep(actor.scope(), tx, id, &layout).await.map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

async fn start(actor: &PartnerActor, tx: &mut Tx, import: &LeadImport) -> Result<(), ServiceError> {
    if !lead_imports::start(tx, actor.scope(), import.summary.id).await? {
        return Err(ServiceError::Changed);
    }
    record(actor, tx, import, AuditAction::OutcomeImportStarted);
    Ok(())
}

fn record(actor: &PartnerActor, tx: &mut Tx, import: &LeadImport, action: AuditAction) {
    actor.record(tx, action, import.summary.id, serde_json::json!({ "file": import.summary.file_name }));
}

/// Stops an import. What is stored stays, and it can be resumed.
///
/// # Errors
/// As [`view`]; [`ServiceError::Changed`] when it does not run.
pub async fn cancel(actor: &PartnerActor, tx: &mut Tx, id: LeadImportId) -> Result<(), ServiceError> {
    let import = find(actor.scope(), tx, id).await?;
    if !lead_imports::cancel(tx, actor.scope(), id).await? {
        return Err(ServiceError::Changed);
    }
    record(actor, tx, &import, AuditAction::OutcomeImportCancelled);
    Ok(())
}

/// Resumes an import where it was stopped.
///
/// # Errors
/// As [`view`]; [`ServiceError::Changed`] when there is nothing to resume.
pub async fn resume(actor: &PartnerActor, tx: &mut Tx, id: LeadImportId) -> Result<(), ServiceError> {
    let import = find(actor.scope(), tx, id).await?;
    if !import.summary.can_resume() {
        return Err(ServiceError::Changed);
    }
    start(actor, tx, &import).await
}

/// Deletes a file that was not started.
///
/// # Errors
/// As [`view`]; [`ServiceError::NotFound`] also when it was started.
pub async fn discard(actor: &PartnerActor, tx: &mut Tx, id: LeadImportId) -> Result<(), ServiceError> {
    let import = find(actor.scope(), tx, id).await?;
    if !lead_imports::discard(tx, actor.scope(), id).await? {
        return Err(ServiceError::NotFound);
    }
    record(actor, tx, &import, AuditAction::OutcomeImportDiscarded);
    Ok(())
}

/// What rows change, in their order: a lead of which a file says several things gets one after the other.
#[derive(Default)]
struct Changes {
    added: u64,
    known: u64,
    /// What is known of each lead by now, and how often it has changed.
    now: HashMap<LeadId, (Outcome, usize)>,
    /// First changes, second ones and so on: which leads get which outcome.
    rounds: Vec<Vec<(LeadId, Outcome)>>,
}

impl Changes {
    /// Those of the rows that say something; the others change nothing.
    fn saying(&mut self, rows: Vec<(Row, ReadOutcome)>) -> Vec<(Row, ReadOutcome)> {
        let (saying, silent): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, read)| read.code.is_some());
        self.known += silent.len() as u64;
        saying
    }

    /// Answers with what becomes of the lead, if that is something new.
    fn add(
        &mut self,
        lead: &Identified,
        said: impl FnOnce(&Outcome) -> Result<Outcome, CellError>,
    ) -> Result<Option<Outcome>, CellError> {
        let (outcome, changed) = self.now.entry(lead.id).or_insert_with(|| (lead.outcome.clone(), 0));
        let said = said(outcome)?;
        if *outcome == said {
            self.known += 1;
            return Ok(None);
        }
        said.clone_into(outcome);
        if self.rounds.len() == *changed {
            self.rounds.push(Vec::new());
        }
        if let Some(round) = self.rounds.get_mut(*changed) {
            round.push((lead.id, said.clone()));
        }
        *changed += 1;
        self.added += 1;
        Ok(Some(said))
    }
}

/// Rows of a window that were read, those that could not be, and where the next one begins: its byte and its line.
#[derive(Debug, Default)]
pub struct Batch {
    /// Those that say what became of a lead.
    pub rows: Vec<(Row, ReadOutcome)>,
    /// Those that do not.
    pub rejects: Vec<RejectedRow>,
    /// Where the next row begins.
    pub position: (u64, u64),
}

/// Whoever a file is read for, if that user may still say what became of leads.
///
/// # Errors
/// When the database does not answer.
pub async fn reader_of(read: &mut Reader, import: &LeadImport) -> Result<Option<PartnerScope>, ServiceError> {
    let Some(user) = import.user else { return Ok(None) };
    let session = PartnerSession::of_authenticated_user(read, user).await?;
    let scope = session.and_then(|session| session.require(Permission::RecordOutcomes).ok());
    Ok(scope.filter(|scope| scope.session().partner_id() == import.summary.partner.0))
}

/// Records what rows say, with the position behind them. Says no when the import was stopped or is another process' by now: then
/// nothing is to be kept.
///
/// # Errors
/// When the database does not answer.
pub async fn step(
    actor: &PartnerActor,
    tx: &mut Tx,
    (import, owner, lease): (&mut LeadImport, Uuid, TimeDelta),
    reader: &OutcomeReader,
    (window, batch): (&[u8], Batch),
) -> Result<bool, ServiceError> {
    let Batch { rows, mut rejects, position } = batch;
    let mut changes = Changes::default();
    let rows = changes.saying(rows);
    // Locked first, then read: what somebody says in a browser meanwhile is not overwritten by what was known before.
    let meant = reader.matched(tx, actor.scope(), window, &rows).await?;
    let ids: BTreeSet<_> = meant.iter().flatten().map(|lead| lead.id).collect();
    leads::lock_leads(tx, actor.scope(), &ids.into_iter().collect::<Vec<_>>()).await?;
    let matched = reader.matched(tx, actor.scope(), window, &rows).await?;
    for (matched, (row, said)) in matched.into_iter().zip(&rows) {
        match matched {
            Ok(lead) => {
                if let Err(wrong) = changes.add(&lead, |before| reader.mapping.said(said, before)) {
                    rejects.push(reader.unusable(row, window, wrong));
                }
            }
            Err(row) => rejects.push(row),
        }
    }
    let mut at = tx.now();
    for round in &changes.rounds {
        leads::set_outcomes(tx, actor.scope(), round, at).await?.ok_or(ServiceError::NotFound)?;
        for (lead, outcome) in round {
            actor.record(tx, AuditAction::LeadOutcomeSet, *lead, serde_json::json!({ "outcome": outcome.code }));
        }
        // What is said later happened later.
        at += TimeDelta::microseconds(1);
    }
    let step = Step { added: changes.added, known: changes.known, warned: 0, rejects: &rejects, position };
    if !lead_imports::move_on(tx, import, owner, &step, lease).await? {
        return Ok(false);
    }
    import.position = position;
    let progress = &mut import.summary.progress;
    progress.added += changes.added;
    progress.known += changes.known;
    progress.rejected += rejects.len() as u64;
    Ok(true)
}

/// Ends an import the worker `owner` has the lease of: done, or failed for a reason.
///
/// # Errors
/// When the database does not answer.
pub async fn end(tx: &mut Tx, import: &LeadImport, owner: Uuid, failure: Option<&str>) -> Result<(), ServiceError> {
    if lead_imports::end(tx, import, owner, failure).await? {
        let progress = import.summary.progress;
        let mut detail = serde_json::json!({
            "file": import.summary.file_name, "recorded": progress.added, "known": progress.known,
            "rejected": progress.rejected,
        });
        if let (Some(failure), Some(detail)) = (failure, detail.as_object_mut()) {
            detail.insert("because".to_owned(), failure.into());
        }
        let result = if failure.is_none() { AuditResult::Success } else { AuditResult::Failure };
        let about = (import.account, Some(import.summary.partner.0));
        record_system(tx, about, AuditAction::OutcomesImported, import.summary.id, result, detail);
    }
    Ok(())
}
