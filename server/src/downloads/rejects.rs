//! The rows of an uploaded file that could not be used.

use app::{access::AppState, error::AppError};
use axum::{extract::Path, http::HeaderValue, http::header, response::Response};
use domain::{access::Permission, admin::AdminPermission, audit::AuditAction, ids::LeadImportId};
use serde_json::json;
use services::tables::{Dialect, RejectSheet};
use store::{
    GuardedDb,
    lead_imports::{self, Importer, LeadImport},
};

use super::{
    CSV,
    request::{AdminDownload, PartnerDownload, file, record, record_about},
    stream::{self, Output, Stopped},
};

/// Rows read at once.
const BATCH: i64 = 1_000;

/// `GET /admin/leads/import/{import}/rejects.csv`: the rows of a file that could not be leads, each with its line, the
/// columns that are wrong, and why; in the encoding and with the separator of the file they come from.
pub async fn lead_rejects_csv(download: AdminDownload, Path(id): Path<String>) -> Response {
    download.answer(rejects(&download, &id).await)
}

/// `GET /partner/leads/outcomes/{import}/rejects.csv`: the rows of a file of outcomes that could not be used, or whose lead could not be
/// told; as [`lead_rejects_csv`].
pub async fn outcome_rejects_csv(download: PartnerDownload, Path(id): Path<String>) -> Response {
    download.answer(outcome_rejects(&download, &id).await)
}

async fn rejects(download: &AdminDownload, id: &str) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::ImportLeads).await?;
    let import = find(&download.state, actor.scope(), id).await?;
    let name = name_of(&import);
    if let Some(head) = download.head(CSV, &name) {
        return Ok(labelled(head, &Dialect::of(&import.reading)));
    }
    let partner = import.summary.partner.0;
    let object = import.summary.id.into();
    let action = AuditAction::LeadRejectsDownloaded;
    record_about(&download.state, &actor, partner, action, object, detail(&import)).await?;
    Ok(answer(&download.state, actor.scope().into(), import))
}

async fn outcome_rejects(download: &PartnerDownload, id: &str) -> Result<Response, AppError> {
    let actor = download.require(Permission::RecordOutcomes).await?;
    let import = find(&download.state, actor.scope(), id).await?;
    let name = name_of(&import);
    if let Some(head) = download.head(CSV, &name) {
        return Ok(labelled(head, &Dialect::of(&import.reading)));
    }
    let object = import.summary.id.into();
    record(&download.state, &actor, true, AuditAction::LeadRejectsDownloaded, object, detail(&import)).await?;
    Ok(answer(&download.state, actor.scope().into(), import))
}

async fn find(state: &AppState, by: impl Into<Importer>, id: &str) -> Result<LeadImport, AppError> {
    let id: LeadImportId = id.parse().map_err(|_| AppError::NotFound)?;
    let by = by.into();
    lead_imports::get(&mut state.db.reader(&by).await?, by, id).await?.ok_or(AppError::NotFound)
}

fn name_of(import: &LeadImport) -> String {
    format!("rejected-{}.csv", import.summary.id)
}

fn detail(import: &LeadImport) -> serde_json::Value {
    json!({ "file": import.summary.file_name, "rows": import.summary.progress.rejected })
}

fn answer(state: &AppState, by: Importer, import: LeadImport) -> Response {
    let (output, body) = stream::body();
    let (db, name, dialect) = (state.db.clone(), name_of(&import), Dialect::of(&import.reading));
    let sheet = RejectSheet::new(dialect);
    let id = import.summary.id;
    let header = sheet.header(&import.header);
    tokio::spawn(async move {
        if let Err(Stopped::Failed) = write(&db, &by, id, (&sheet, header), &output).await {
            output.fail().await;
        }
    });
    labelled(file(CSV, &name, body), &dialect)
}

/// Says which encoding the file has.
fn labelled(mut response: Response, dialect: &Dialect) -> Response {
    let media_type = format!("text/csv; charset={}; header=present", dialect.encoding.name().to_ascii_lowercase());
    if let Ok(value) = HeaderValue::try_from(media_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

async fn write(
    db: &GuardedDb,
    by: &Importer,
    id: LeadImportId,
    (sheet, header): (&RejectSheet, Vec<u8>),
    output: &Output,
) -> Result<(), Stopped> {
    let mut bytes = header;
    let mut after = None;
    loop {
        let rows = lead_imports::rejects(&mut db.reader(by).await?, by.clone(), id, after, BATCH).await?;
        after = rows.last().map(|row| row.at);
        for row in rows {
            bytes.extend(sheet.reject(&row));
        }
        output.send(std::mem::take(&mut bytes)).await?;
        if after.is_none() {
            return Ok(());
        }
    }
}
