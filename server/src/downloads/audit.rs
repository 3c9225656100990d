//! The audit log as a file.

use app::{access::AppState, error::AppError};
use axum::response::Response;
use domain::{
    admin::AdminPermission,
    audit::{AuditAction, AuditEntry, AuditFilter, AuditQuery},
};
use serde_json::json;
use store::{StoreError, access::AdminScope, audit};

use super::{
    list::{self, Event, Format},
    request::{AdminDownload, borrowed, file},
    sheet::{Cell, Column, Row},
    source::Source,
};

/// Events read at once.
const BATCH: i64 = 1_000;

const HEADER: [(&str, u16); 11] = [
    ("Event", 10),
    ("Time", 20),
    ("Actor", 28),
    ("Kind", 10),
    ("Action", 26),
    ("Partner", 28),
    ("Object", 14),
    ("Object id", 38),
    ("Result", 10),
    ("From", 18),
    ("Detail", 60),
];

/// `GET /admin/audit/export.csv?{the log's own query}`: exactly the events the page shows, on all its pages.
pub async fn audit_csv(download: AdminDownload) -> Response {
    download.answer(export(&download, Format::Csv).await)
}

/// `GET /admin/audit/export.xlsx`: the same as a workbook.
pub async fn audit_xlsx(download: AdminDownload) -> Response {
    download.answer(export(&download, Format::Xlsx).await)
}

async fn export(download: &AdminDownload, format: Format) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let state = download.state.clone();
    let name = format!("audit-{}.{}", download.session.zone().day(state.db.now()), format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return Ok(head);
    }
    let filter = AuditQuery::from_pairs(borrowed(&download.pairs())).filter;
    let source = Events { state: state.clone(), scope: actor.scope().clone(), filter, before: None, done: false };
    let event = Event { state, actor, action: AuditAction::AuditExported, object: "audit", format, detail: json!({}) };
    let source = download.confirmed(source).await?;
    Ok(file(format.media_type(), &name, list::body("Audit log", source, event)))
}

struct Events {
    state: AppState,
    scope: AdminScope,
    filter: AuditFilter,
    /// The last event that was read.
    before: Option<i64>,
    done: bool,
}

impl Source for Events {
    async fn columns(&mut self) -> Result<Vec<Column>, StoreError> {
        Ok(Column::all(&HEADER))
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        if self.done {
            return Ok(None);
        }
        // A connection for each batch: a reader that is slow to take the file must not keep one.
        let mut read = self.state.db.reader(&self.scope).await?;
        let entries = audit::export_batch(&mut read, &self.scope, &self.filter, self.before, BATCH).await?;
        self.before = entries.last().map(|entry| entry.sequence);
        self.done = entries.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        Ok(Some(entries.into_iter().map(cells).collect()))
    }
}

fn cells(entry: AuditEntry) -> Row {
    let detail = entry.detail.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ");
    vec![
        Cell::Count(entry.sequence.unsigned_abs()),
        Cell::Time(entry.at),
        entry.actor.into(),
        entry.actor_kind.as_str().into(),
        entry.action.as_str().into(),
        Cell::of(entry.partner, |(_, name)| name.into()),
        entry.object_kind.into(),
        entry.object.into(),
        entry.result.as_str().into(),
        entry.address.into(),
        detail.into(),
    ]
}
