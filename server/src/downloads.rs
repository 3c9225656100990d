//! Downloads: plain routes, streamed, behind the same guard as the pages, each one audited.

use std::borrow::Cow;

use app::{
    access::{AppState, ClientAddress, check, error_response},
    error::AppError,
};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use domain::{
    access::Permission,
    audit::{AuditAction, AuditResult},
    csv::defuse,
    leads::{LeadFilter, LeadListQuery},
};
use store::{
    StoreError,
    access::{PartnerScope, PartnerSession},
    audit::{self, Event},
    leads::{self, ExportRow},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Rows read at once: enough to keep the database busy, few enough to stay small in memory.
const BATCH: u32 = 1_000;

/// `GET /partner/leads/export.csv?{the list's own query}`: exactly the leads the list shows, on all its pages.
pub async fn leads_csv(
    State(state): State<AppState>,
    Extension(session): Extension<PartnerSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let scope = match may_export(&state, &session, &address).await {
        Ok(scope) => scope,
        Err(error) => return error_response(&error, &headers),
    };
    let query = LeadListQuery::from_query_string(query.as_deref().unwrap_or_default()).query.first_page();
    let file_name = query.filter.file_name(session.zone().day(state.db.now()));
    if method == Method::HEAD {
        return csv_response(Body::empty(), &file_name);
    }
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(2);
    tokio::spawn(async move {
        let written = write_leads(&state, &scope, &query, &sender).await;
        let complete = matches!(written, Ok((_, true)));
        let rows = written.as_ref().map_or(0, |(rows, _)| *rows);
        if let Err(error) = note_export(&state, &scope, &query.filter, &address, rows, complete).await {
            let _ = AppError::internal(&error);
        }
        if let Err(error) = written {
            // Breaking the connection is the only way left to say that the file is not whole.
            let _ = AppError::internal(&error);
            let _ = sender.send(Err(std::io::Error::other("the export failed"))).await;
        }
    });
    csv_response(Body::from_stream(ReceiverStream::new(receiver)), &file_name)
}

fn csv_response(body: Body, file_name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{file_name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

async fn may_export(state: &AppState, session: &PartnerSession, address: &str) -> Result<PartnerScope, AppError> {
    check(&state.db, session, Permission::ViewLeads, address).await?;
    check(&state.db, session, Permission::ExportLeads, address).await
}

/// Writes the rows into the channel; says how many, and whether the reader stayed to the end. While one batch is written
/// the next one is read already.
async fn write_leads(
    state: &AppState,
    scope: &PartnerScope,
    query: &LeadListQuery,
    sender: &mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> Result<(u64, bool), StoreError> {
    let with_price = scope.session().permissions().has(Permission::ViewLeadPrice);
    let (reads, mut batches) = mpsc::channel(2);
    let (db, own_scope, own_query) = (state.db.clone(), scope.clone(), query.clone());
    tokio::spawn(async move {
        let mut after = None;
        loop {
            let rows = leads::export_batch(&db, &own_scope, &own_query, after, BATCH).await;
            after = rows
                .as_ref()
                .ok()
                .filter(|rows| rows.len() == BATCH as usize)
                .and_then(|rows| rows.last())
                .map(|row| row.summary.id);
            if reads.send(rows).await.is_err() || after.is_none() {
                return;
            }
        }
    });
    let mut written = 0;
    let mut header = true;
    while let Some(rows) = batches.recv().await {
        let rows = rows?;
        let bytes = csv_bytes(std::mem::take(&mut header), &rows, with_price);
        if sender.send(Ok(bytes)).await.is_err() {
            return Ok((written, false));
        }
        written += rows.len() as u64;
    }
    Ok((written, true))
}

/// RFC 4180: CRLF, quotes where needed; every cell defused.
fn csv_bytes(header: bool, rows: &[ExportRow], with_price: bool) -> Bytes {
    let buffer = Vec::with_capacity(rows.len() * 200 + 200);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(buffer);
    // Writing into memory cannot fail, and every row has the header's length.
    let mut write = |cells: &[&str]| {
        let _ = writer.write_record(cells.iter().map(|cell| match defuse(cell) {
            Cow::Borrowed(cell) => Cow::Borrowed(cell.as_bytes()),
            Cow::Owned(cell) => Cow::Owned(cell.into_bytes()),
        }));
    };
    if header {
        let (head, price) =
            (["Name", "Email", "Phone", "Campaign", "Received", "Status", "Lead ID"], ["Price", "Currency"]);
        let price: &[&str] = if with_price { &price } else { &[] };
        write(&[&head[..], price, &["Details"]].concat());
    }
    for row in rows {
        let lead = &row.summary;
        let received = lead.received.rfc3339();
        let details = row.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ");
        let amount = row.price.map(|price| price.decimal()).unwrap_or_default();
        let currency = row.price.map(|price| price.currency);
        let currency = currency.as_ref().map(domain::money::Currency::code).unwrap_or_default();
        let price = [amount.as_str(), currency];
        let head = [
            lead.name.as_str(),
            &lead.email,
            &lead.phone,
            &lead.campaign,
            &received,
            lead.status.label(),
            &row.external_id,
        ];
        let price: &[&str] = if with_price { &price } else { &[] };
        write(&[&head[..], price, &[details.as_str()]].concat());
    }
    writer.into_inner().map(Bytes::from).unwrap_or_default()
}

/// The event says which filters were set; the search text may be a person's name and stays out.
async fn note_export(
    state: &AppState,
    scope: &PartnerScope,
    filter: &LeadFilter,
    address: &str,
    rows: u64,
    complete: bool,
) -> Result<(), StoreError> {
    let detail = serde_json::json!({
        "rows": rows,
        "complete": complete,
        "searched": !filter.q.is_empty(),
        "period": filter.period,
        "from": filter.days.from,
        "to": filter.days.to,
        "campaign": filter.campaign,
        "status": filter.status,
    });
    let mut event =
        Event::by_partner(scope.session(), address, AuditAction::LeadsExported, ("leads", None)).with_detail(detail);
    if !complete {
        event.result = AuditResult::Failure;
    }
    let mut tx = state.db.begin_write().await?;
    audit::record(&mut tx, &event).await?;
    tx.commit().await
}
