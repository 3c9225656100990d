//! What the staff does with files of leads.

use domain::{
    admin::AdminPermission,
    audit::AuditAction,
    ids::LeadImportId,
    lead_files::{ImportColumn, ImportPreview, ImportProgress, ImportSample, ImportState, ImportView},
    lead_import::Column,
};
use store::{
    Db,
    leads::imports::{self, LeadImport},
};

use super::{
    api::LeadImportsView,
    rows::{self, Place},
};
use crate::{admin::clerk::Clerk, error::AppError};

/// Imports the list shows.
const LISTED: i64 = 50;
/// Rows that are looked at before an import.
const LOOKED_AT: usize = 1_000;
/// Leads and rejected rows that are shown.
const SHOWN: usize = 10;
/// Values that are shown of a column, and most characters of one.
const SAMPLES: usize = 3;
const SAMPLE: usize = 60;

async fn clerk() -> Result<Clerk, AppError> {
    Clerk::of_request(AdminPermission::ImportLeads).await
}

async fn find(clerk: &Clerk, id: LeadImportId) -> Result<LeadImport, AppError> {
    imports::get(clerk.db(), clerk.scope(), id).await?.ok_or(AppError::NotFound)
}

pub(super) async fn list() -> Result<LeadImportsView, AppError> {
    let clerk = clerk().await?;
    Ok(LeadImportsView {
        partners: store::partners::choices(clerk.db(), clerk.scope()).await?,
        imports: imports::list(clerk.db(), clerk.scope(), LISTED).await?,
    })
}

pub(super) async fn view(id: LeadImportId) -> Result<ImportView, AppError> {
    let clerk = clerk().await?;
    let import = find(&clerk, id).await?;
    let preview = match import.summary.progress.state {
        ImportState::Ready => Some(preview(clerk.db(), &import).await?),
        _ => None,
    };
    let rejects = if import.summary.progress.rejected > 0 {
        imports::rejects(clerk.db(), clerk.scope(), id, None, SHOWN as i64).await?
    } else {
        Vec::new()
    };
    Ok(ImportView { summary: import.summary, push: import.push, preview, rejects })
}

pub(super) async fn progress(id: LeadImportId) -> Result<ImportProgress, AppError> {
    Ok(find(&clerk().await?, id).await?.summary.progress)
}

async fn preview(db: &Db, import: &LeadImport) -> Result<ImportPreview, AppError> {
    let window = imports::window(db, import, import.place.0).await?;
    let is_last = import.place.0 + window.len() as u64 >= import.summary.progress.size_bytes;
    let place = Place { byte: import.place.0, line: import.place.1 };
    let stretch = rows::read(&window, is_last, place, import.delimiter, LOOKED_AT);
    let (found, whole) = (stretch.rows, stretch.ended);
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
                        line: row.place.line,
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

pub(super) async fn map(id: LeadImportId, columns: &[String], start: bool) -> Result<(), AppError> {
    let clerk = clerk().await?;
    let mut import = find(&clerk, id).await?;
    let known = columns.iter().all(|word| Column::of_word(word, "").is_some());
    if columns.len() != import.header.len() || !known {
        return Err(AppError::BadRequest);
    }
    let mut tx = clerk.db().begin_write().await?;
    if !imports::map(&mut tx, clerk.scope(), id, columns).await? {
        return Err(AppError::Changed);
    }
    import.columns = columns.to_vec();
    // Where no lead can be read that way the page says why, with what was chosen still there.
    if start && rows::mapping(&import).is_ok() {
        set_going(&clerk, &mut tx, &import).await?;
    }
    Ok(tx.commit().await?)
}

async fn set_going(clerk: &Clerk, tx: &mut store::Tx, import: &LeadImport) -> Result<(), AppError> {
    if !imports::start(tx, clerk.scope(), import.summary.id).await? {
        return Err(AppError::Changed);
    }
    note(clerk, tx, import, AuditAction::LeadImportStarted);
    Ok(())
}

fn note(clerk: &Clerk, tx: &mut store::Tx, import: &LeadImport, action: AuditAction) {
    let detail = serde_json::json!({ "file": import.summary.file_name });
    clerk.note_about(tx, import.summary.partner.0, action, ("lead_import", Some(import.summary.id.0)), detail);
}

pub(super) async fn cancel(id: LeadImportId) -> Result<(), AppError> {
    let clerk = clerk().await?;
    let import = find(&clerk, id).await?;
    let mut tx = clerk.db().begin_write().await?;
    if !imports::cancel(&mut tx, clerk.scope(), id).await? {
        return Err(AppError::Changed);
    }
    note(&clerk, &mut tx, &import, AuditAction::LeadImportCancelled);
    Ok(tx.commit().await?)
}

pub(super) async fn go_on(id: LeadImportId) -> Result<(), AppError> {
    let clerk = clerk().await?;
    let import = find(&clerk, id).await?;
    if !import.summary.can_go_on() {
        return Err(AppError::Changed);
    }
    let mut tx = clerk.db().begin_write().await?;
    set_going(&clerk, &mut tx, &import).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn discard(id: LeadImportId) -> Result<(), AppError> {
    let clerk = clerk().await?;
    let import = find(&clerk, id).await?;
    let mut tx = clerk.db().begin_write().await?;
    if !imports::discard(&mut tx, clerk.scope(), id).await? {
        return Err(AppError::NotFound);
    }
    note(&clerk, &mut tx, &import, AuditAction::LeadImportDiscarded);
    Ok(tx.commit().await?)
}
