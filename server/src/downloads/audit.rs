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
    CSV,
    list::{self, Event, Row, Source},
    request::{AdminDownload, borrowed, file},
    sheet::Cell,
};

/// Events read at once.
const BATCH: i64 = 1_000;

const HEADER: [&str; 11] =
    ["Event", "Time", "Actor", "Kind", "Action", "Partner", "Object", "Object id", "Result", "From", "Detail"];

/// `GET /admin/audit/export.csv?{the log's own query}`: exactly the events the page shows, on all its pages.
pub async fn audit_csv(download: AdminDownload) -> Response {
    download.answer(export(&download).await)
}

async fn export(download: &AdminDownload) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let state = download.state.clone();
    let name = format!("audit-{}.csv", download.session.zone().day(state.db.now()));
    if let Some(head) = download.head(CSV, &name) {
        return Ok(head);
    }
    let filter = AuditQuery::from_pairs(borrowed(&download.pairs())).filter;
    let source = Events { state: state.clone(), scope: actor.scope().clone(), filter, before: None, done: false };
    let event = Event { state, actor, action: AuditAction::AuditExported, object: "audit", detail: json!({}) };
    Ok(file(CSV, &name, list::csv(source, event)))
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
    async fn columns(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(HEADER.map(String::from).into())
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        if self.done {
            return Ok(None);
        }
        // A connection for each batch: a reader that is slow to take the file must not keep one.
        let mut read = self.state.db.reader().await?;
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
