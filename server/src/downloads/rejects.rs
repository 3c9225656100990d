//! The rows of an imported file that could not be leads.

use app::error::AppError;
use axum::{extract::Path, response::Response};
use domain::{admin::AdminPermission, audit::AuditAction, ids::LeadImportId, lead_imports::REJECT_COLUMNS};
use serde_json::json;
use store::{Db, access::AdminScope, lead_imports};

use super::{
    CSV,
    request::{AdminDownload, file, record_about},
    sheet::{Cell, Sheet},
    stream::{self, Output, Stopped},
};

/// Rows read at once.
const BATCH: i64 = 1_000;

/// `GET /admin/leads/import/{import}/rejects.csv`: the rows of a file that could not be leads, each with its line, the
/// columns that are wrong, and why.
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
    if let Some(head) = download.head(CSV, &name) {
        return Ok(head);
    }
    let detail = json!({ "file": import.summary.file_name, "rows": import.summary.progress.rejected });
    let partner = import.summary.partner.0;
    record_about(state, &actor, partner, AuditAction::LeadRejectsDownloaded, id.into(), detail).await?;
    let (output, body) = stream::body();
    let db = state.db.clone();
    tokio::spawn(async move {
        if let Err(Stopped::Failed) = write(&db, actor.scope(), id, &import.header, &output).await {
            output.fail().await;
        }
    });
    Ok(file(CSV, &name, body))
}

async fn write(
    db: &Db,
    scope: &AdminScope,
    id: LeadImportId,
    header: &[String],
    output: &Output,
) -> Result<(), Stopped> {
    let mut sheet = Sheet::new(REJECT_COLUMNS.into_iter().chain(header.iter().map(String::as_str)));
    let mut after = None;
    loop {
        let rows = lead_imports::rejects(&mut db.reader().await?, scope, id, after, BATCH).await?;
        after = rows.last().map(|row| row.at);
        for row in rows {
            let (columns, reasons) = row.columns_and_reasons();
            let about = [row.line.to_string(), columns, reasons];
            sheet.row(about.into_iter().chain(row.cells).map(Cell::Text));
        }
        output.send(std::mem::take(&mut sheet).finish()).await?;
        if after.is_none() {
            return Ok(());
        }
    }
}
