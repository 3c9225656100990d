//! The rows of an imported file that could not be leads.

use app::error::AppError;
use axum::{extract::Path, http::HeaderValue, http::header, response::Response};
use domain::{admin::AdminPermission, audit::AuditAction, ids::LeadImportId};
use serde_json::json;
use services::tables::{Dialect, RejectSheet};
use store::{Db, access::AdminScope, lead_imports};

use super::{
    CSV,
    request::{AdminDownload, file, record_about},
    stream::{self, Output, Stopped},
};

/// Rows read at once.
const BATCH: i64 = 1_000;

/// `GET /admin/leads/import/{import}/rejects.csv`: the rows of a file that could not be leads, each with its line, the
/// columns that are wrong, and why; in the encoding and with the separator of the file they come from.
pub async fn lead_rejects_csv(download: AdminDownload, Path(id): Path<String>) -> Response {
    download.answer(rejects(&download, &id).await)
}

async fn rejects(download: &AdminDownload, id: &str) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::ImportLeads).await?;
    let state = &download.state;
    let id: LeadImportId = id.parse().map_err(|_| AppError::NotFound)?;
    let import =
        lead_imports::get(&mut state.db.reader().await?, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
    let name = format!("rejected-{id}.csv");
    let dialect = Dialect::of(&import.reading);
    if let Some(head) = download.head(CSV, &name) {
        return Ok(labelled(head, &dialect));
    }
    let detail = json!({ "file": import.summary.file_name, "rows": import.summary.progress.rejected });
    let partner = import.summary.partner.0;
    record_about(state, &actor, partner, AuditAction::LeadRejectsDownloaded, id.into(), detail).await?;
    let (output, body) = stream::body();
    let db = state.db.clone();
    tokio::spawn(async move {
        let sheet = RejectSheet::new(dialect);
        if let Err(Stopped::Failed) =
            write(&db, actor.scope(), id, (&sheet, sheet.header(&import.header)), &output).await
        {
            output.fail().await;
        }
    });
    Ok(labelled(file(CSV, &name, body), &dialect))
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
    db: &Db,
    scope: &AdminScope,
    id: LeadImportId,
    (sheet, header): (&RejectSheet, Vec<u8>),
    output: &Output,
) -> Result<(), Stopped> {
    let mut bytes = header;
    let mut after = None;
    loop {
        let rows = lead_imports::rejects(&mut db.reader().await?, scope, id, after, BATCH).await?;
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
