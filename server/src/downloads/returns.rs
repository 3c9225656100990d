//! The account's returns as files: what the queue shows, on all its pages.

use app::{access::AppState, error::AppError};
use axum::response::Response;
use domain::{
    admin::AdminPermission,
    audit::AuditAction,
    returns::{QueuedReturn, ReturnQuery},
};
use serde_json::json;
use store::{StoreError, access::AdminScope, leads};

use super::{
    list::{self, Event, Format},
    request::{AdminDownload, file},
    sheet::{Cell, Column, Row},
    source::Source,
};

/// `GET /admin/returns/export.csv?{the queue's own query}`.
pub async fn returns_csv(download: AdminDownload) -> Response {
    download.answer(export(&download, Format::Csv).await)
}

/// `GET /admin/returns/export.xlsx`: the same as a workbook.
pub async fn returns_xlsx(download: AdminDownload) -> Response {
    download.answer(export(&download, Format::Xlsx).await)
}

async fn export(download: &AdminDownload, format: Format) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let state = download.state.clone();
    let query = ReturnQuery { after: None, ..ReturnQuery::from_query_string(download.query()).0 };
    let today = download.session.zone().day(state.db.now());
    let name = format!("returns-{}-{today}.{}", query.view, format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return Ok(head);
    }
    let detail = json!({ "view": query.view, "partner": query.partner });
    let source = Returns { state: state.clone(), scope: actor.scope().clone(), query: Some(query) };
    let event = Event { state, actor, action: AuditAction::ReturnsExported, object: "returns", format, detail };
    let source = download.confirmed(source).await?;
    Ok(file(format.media_type(), &name, list::body("Returns", source, event)))
}

struct Returns {
    state: AppState,
    scope: AdminScope,
    /// What comes next; nothing after the last page.
    query: Option<ReturnQuery>,
}

impl Source for Returns {
    async fn columns(&mut self) -> Result<Vec<Column>, StoreError> {
        Ok(Column::all(&[
            ("Lead", 28),
            ("Lead ID", 24),
            ("Campaign", 24),
            ("Received", 20),
            ("Partner", 32),
            ("Price", 12),
            ("Currency", 10),
            ("Reason", 20),
            ("Comment", 40),
            ("State", 20),
            ("Asked", 20),
            ("Asked by", 24),
            ("Decide by", 20),
            ("Decided", 20),
            ("Decided by", 24),
            ("Answer", 40),
            ("Invoice", 16),
        ]))
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        let Some(query) = self.query.take() else { return Ok(None) };
        // A connection for each page: a reader that is slow to take the file must not keep one.
        let page = leads::queue(&mut self.state.db.reader(&self.scope).await?, &self.scope, &query).await?;
        let last = page.returns.last().map(|one| one.request.id).filter(|_| page.has_next);
        self.query = last.map(|after| ReturnQuery { after: Some(after), ..query });
        Ok(Some(page.returns.into_iter().map(row).collect()))
    }
}

fn row(one: QueuedReturn) -> Row {
    let QueuedReturn { request, lead: (_, name, campaign), external_id, received, price, partner, invoice, .. } = one;
    let (decided_by, decided) = request.decided.map_or((None, None), |(by, at)| (by, Some(at)));
    vec![
        name.into(),
        external_id.into(),
        campaign.into(),
        Cell::Time(received),
        partner.1.into(),
        Cell::of(price, Cell::Price),
        Cell::of(price, |price| price.currency.code().into()),
        request.reason.into(),
        request.comment.into(),
        request.state.label().into(),
        Cell::Time(request.requested.1),
        request.requested.0.into(),
        Cell::of(request.decide_by, Cell::Time),
        Cell::of(decided, Cell::Time),
        decided_by.unwrap_or_default().into(),
        request.answer.into(),
        invoice.unwrap_or_default().into(),
    ]
}
