//! Files of leads that admins upload: looked over, mapped, started, cancelled; read by a worker.

pub mod rows;

use domain::{
    audit::{AuditAction, AuditResult},
    ids::LeadImportId,
    lead_imports::{Column, ImportColumn, ImportPreview, ImportProgress, ImportSample, ImportState, ImportView},
};
use store::{
    Reader, Tx,
    lead_imports::{self, LeadImport},
};
use uuid::Uuid;

use self::rows::Position;
use crate::{AdminActor, ServiceError, record_system};

/// Rows that are looked at before an import.
const LOOKED_AT: usize = 1_000;
/// Leads and rejected rows that are shown.
const SHOWN: usize = 10;
/// Values that are shown of a column, and the maximum number of characters of one.
const SAMPLES: usize = 3;
const SAMPLE: usize = 60;

async fn find(actor: &AdminActor, read: &mut Reader, id: LeadImportId) -> Result<LeadImport, ServiceError> {
    lead_imports::get(read, actor.scope(), id).await?.ok_or(ServiceError::NotFound)
}

/// An import, with what its file would do or what became of it.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn view(actor: &AdminActor, read: &mut Reader, id: LeadImportId) -> Result<ImportView, ServiceError> {
    let import = find(actor, read, id).await?;
    let preview = match import.summary.progress.state {
        ImportState::Ready => Some(preview(read, &import).await?),
        _ => None,
    };
    let rejects = if import.summary.progress.rejected > 0 {
        lead_imports::rejects(read, actor.scope(), id, None, SHOWN as i64).await?
    } else {
        Vec::new()
    };
    Ok(ImportView { summary: import.summary, push: import.push, preview, rejects })
}

/// How far an import has come.
///
/// # Errors
/// As [`view`].
pub async fn progress(actor: &AdminActor, read: &mut Reader, id: LeadImportId) -> Result<ImportProgress, ServiceError> {
    Ok(find(actor, read, id).await?.summary.progress)
}

async fn preview(read: &mut Reader, import: &LeadImport) -> Result<ImportPreview, ServiceError> {
    let window = lead_imports::window(read, import, import.position.0).await?;
    let is_last = import.position.0 + window.len() as u64 >= import.summary.progress.size_bytes;
    let position = Position { byte: import.position.0, line: import.position.1 };
    let read_rows = rows::read(&window, is_last, position, import.delimiter, LOOKED_AT);
    let (found, whole) = (read_rows.rows, read_rows.ended);
    let columns = import.header.iter().zip(&import.columns).enumerate();
    let columns = columns.map(|(index, (name, word))| ImportColumn {
        name: name.clone(),
        word: word.clone(),
        samples: found
            .iter()
            .filter(|row| !row.endless)
            .filter_map(|row| row.cells.get(index))
            .filter(|cell| !cell.is_empty())
            .take(SAMPLES)
            .map(|cell| String::from_utf8_lossy(cell).chars().take(SAMPLE).collect())
            .collect(),
    });
    let columns = columns.collect();
    let (mut samples, mut rejects, mut wrong) = (Vec::new(), Vec::new(), 0_u64);
    let mut problem = None;
    match rows::mapping(import) {
        Ok(mapping) => {
            for row in &found {
                match rows::lead(row, &mapping, &import.defaults) {
                    Ok(lead) if samples.len() < SHOWN => samples.push(ImportSample {
                        line: row.position.line,
                        name: lead.name,
                        email: lead.email,
                        phone: lead.phone,
                        campaign: lead.campaign,
                        price: lead.price,
                        delivered: import.defaults.zone.local(lead.delivered_at),
                        fields: lead.fields.len() as u64,
                    }),
                    Ok(_) => {}
                    Err(errors) => {
                        wrong += 1;
                        if rejects.len() < SHOWN {
                            rejects.push(rows::reject(row, errors));
                        }
                    }
                }
            }
        }
        Err(text) => problem = Some(text),
    }
    if problem.is_none() && found.is_empty() {
        problem = Some("The file has a header and no rows.".to_owned());
    }
    Ok(ImportPreview { columns, problem, samples, rejects, looked_at: (found.len() as u64, wrong), whole })
}

/// Says what the columns are, in their order; with `start` it is started as well, where a lead can be read that way.
///
/// # Errors
/// As [`view`]; [`ServiceError::BadRequest`] for unknown kinds of columns, [`ServiceError::Changed`] when it was started already.
pub async fn map(
    actor: &AdminActor,
    tx: &mut Tx,
    id: LeadImportId,
    columns: &[String],
    start: bool,
) -> Result<(), ServiceError> {
    let mut import = find(actor, tx, id).await?;
    let known = columns.iter().all(|word| Column::parse(word, "").is_some());
    if columns.len() != import.header.len() || !known {
        return Err(ServiceError::BadRequest);
    }
    if !lead_imports::map(tx, actor.scope(), id, columns).await? {
        return Err(ServiceError::Changed);
    }
    import.columns = columns.to_vec();
    // Where no lead can be read that way the page says why, with what was chosen still there.
    if start && rows::mapping(&import).is_ok() {
        start_import(actor, tx, &import).await?;
    }
    Ok(())
}

async fn start_import(actor: &AdminActor, tx: &mut Tx, import: &LeadImport) -> Result<(), ServiceError> {
    if !lead_imports::start(tx, actor.scope(), import.summary.id).await? {
        return Err(ServiceError::Changed);
    }
    record(actor, tx, import, AuditAction::LeadImportStarted);
    Ok(())
}

fn record(actor: &AdminActor, tx: &mut Tx, import: &LeadImport, action: AuditAction) {
    let detail = serde_json::json!({ "file": import.summary.file_name });
    actor.record_about(tx, import.summary.partner.0, action, import.summary.id, detail);
}

/// Stops an import. What is stored stays, and it can be resumed.
///
/// # Errors
/// As [`view`]; [`ServiceError::Changed`] when it does not run.
pub async fn cancel(actor: &AdminActor, tx: &mut Tx, id: LeadImportId) -> Result<(), ServiceError> {
    let import = find(actor, tx, id).await?;
    if !lead_imports::cancel(tx, actor.scope(), id).await? {
        return Err(ServiceError::Changed);
    }
    record(actor, tx, &import, AuditAction::LeadImportCancelled);
    Ok(())
}

/// Resumes an import where it was stopped.
///
/// # Errors
/// As [`view`]; [`ServiceError::Changed`] when there is nothing to resume.
pub async fn resume(actor: &AdminActor, tx: &mut Tx, id: LeadImportId) -> Result<(), ServiceError> {
    let import = find(actor, tx, id).await?;
    if !import.summary.can_resume() {
        return Err(ServiceError::Changed);
    }
    start_import(actor, tx, &import).await
}

/// Deletes a file that was not started.
///
/// # Errors
/// As [`view`]; [`ServiceError::NotFound`] also when it was started.
pub async fn discard(actor: &AdminActor, tx: &mut Tx, id: LeadImportId) -> Result<(), ServiceError> {
    let import = find(actor, tx, id).await?;
    if !lead_imports::discard(tx, actor.scope(), id).await? {
        return Err(ServiceError::NotFound);
    }
    record(actor, tx, &import, AuditAction::LeadImportDiscarded);
    Ok(())
}

/// Ends an import the worker `owner` has the lease of: done, or failed for a reason.
pub async fn end(tx: &mut Tx, import: &LeadImport, owner: Uuid, failure: Option<&str>) -> Result<(), ServiceError> {
    if lead_imports::end(tx, import, owner, failure).await? {
        let progress = import.summary.progress;
        let mut detail = serde_json::json!({
            "file": import.summary.file_name, "added": progress.added, "known": progress.known,
            "rejected": progress.rejected,
        });
        if let (Some(failure), Some(detail)) = (failure, detail.as_object_mut()) {
            detail.insert("because".to_owned(), failure.into());
        }
        let result = if failure.is_none() { AuditResult::Success } else { AuditResult::Failure };
        let about = (import.account, Some(import.summary.partner.0));
        record_system(tx, about, AuditAction::LeadsImported, import.summary.id, result, detail);
    }
    Ok(())
}
