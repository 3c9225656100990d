//! Files of leads that admins upload: looked over, mapped, started, cancelled; read by a worker.

mod kept;
mod preview;
mod reading;
mod upload;

use domain::{
    audit::{AuditAction, AuditResult},
    ids::LeadImportId,
    lead_imports::{Column, ImportProgress, ImportState, ImportView},
};
use store::{
    Reader, Tx,
    lead_imports::{self, LeadImport},
};
use uuid::Uuid;

pub(crate) use self::{
    kept::{find, is_other_text, keep, layout_of, read_anew},
    preview::{columns_of, first_rows},
    reading::{guarded, rejected},
};
pub use self::{
    reading::LeadReader,
    upload::{finish_upload, laid_out, remembered},
};
use crate::{AdminActor, ServiceError, record_system, tables::ReadingChoice};

/// Rows that cannot be leads that are shown of an import.
const SHOWN: i64 = 10;

/// How far an import has come.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn progress(actor: &AdminActor, read: &mut Reader, id: LeadImportId) -> Result<ImportProgress, ServiceError> {
    Ok(find(actor.scope(), read, id).await?.summary.progress)
}

/// An import, with what its file would do or what became of it.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn view(actor: &AdminActor, read: &mut Reader, id: LeadImportId) -> Result<ImportView, ServiceError> {
    let import = find(actor.scope(), read, id).await?;
    let preview = match import.summary.progress.state {
        ImportState::Ready => Some(preview::preview(actor, read, &import).await?),
        _ => None,
    };
    let rejects = if import.summary.progress.rejected > 0 {
        lead_imports::rejects(read, actor.scope(), id, None, SHOWN).await?
    } else {
        Vec::new()
    };
    Ok(ImportView { summary: import.summary, push: import.push, preview, rejects })
}

/// What is to be done with a file that was looked over.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What the columns are, in their order: identifiers of [`domain::lead_imports::COLUMNS`].
    pub columns: Vec<String>,
    /// How it is read.
    pub reading: ReadingChoice,
    /// Whether the columns are remembered for the partner's next file.
    pub remember: bool,
    /// Whether it is started as well.
    pub start: bool,
}

/// Says how a file is read and what its columns are; with `start` it is started as well, where a lead can be read that way.
///
/// When the encoding, the separator or the sheet changes the columns are found out anew, and it is not started: somebody has to
/// see what became of them.
///
/// # Errors
/// As [`view`]; [`ServiceError::BadRequest`] for unknown values, [`ServiceError::Changed`] when it was started already,
/// [`ServiceError::Invalid`] when the file is no table read that way.
pub async fn map(actor: &AdminActor, tx: &mut Tx, id: LeadImportId, choice: &Choice) -> Result<(), ServiceError> {
    let mut import = find(actor.scope(), tx, id).await?;
    if import.summary.progress.state != ImportState::Ready {
        return Err(ServiceError::Changed);
    }
    let reading = choice.reading.applied(&import.reading)?;
    if is_other_text(&reading, &import.reading) {
        return upload::read_anew(actor, tx, &import, reading).await;
    }
    let known = choice.columns.iter().all(|word| Column::parse(word, "").is_some());
    if choice.columns.len() != import.header.len() || !known {
        return Err(ServiceError::BadRequest);
    }
    import.reading = reading;
    choice.columns.clone_into(&mut import.columns);
    keep(actor.scope(), tx, id, &layout_of(&import)).await?;
    if choice.remember {
        upload::remember(actor, tx, &import).await?;
    }
    // Where it cannot be read that way the page says why, with what was chosen still there.
    if choice.start && preview::problem(tx, &import).await?.is_none() {
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
    let import = find(actor.scope(), tx, id).await?;
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
    let import = find(actor.scope(), tx, id).await?;
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
    let import = find(actor.scope(), tx, id).await?;
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
