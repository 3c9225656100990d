//! The CSV of a partner's leads.

use app::{
    access::{AppState, check, error_response},
    error::AppError,
};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{RawQuery, State},
    http::{HeaderMap, Method},
    response::Response,
};
use domain::{
    access::Permission,
    audit::AuditAction,
    leads::{LeadFilter, LeadListQuery},
};
use services::{ClientAddress, Object, PartnerActor};
use store::{
    StoreError,
    access::{PartnerScope, PartnerSession},
    leads::{self, ExportRow},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::sheet::Sheet;

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
    let actor = match check(&state, &session, Permission::ExportLeads, &address).await {
        Ok(actor) => actor,
        Err(error) => return error_response(&error, &headers, "/partner"),
    };
    let query = LeadListQuery::from_query_string(query.as_deref().unwrap_or_default()).query.first_page();
    let file_name = query.filter.file_name(session.zone().day(state.db.now()));
    if method == Method::HEAD {
        return super::file(super::CSV, &file_name, Body::empty());
    }
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(2);
    tokio::spawn(async move {
        let written = write_leads(&state, actor.scope(), &query, &sender).await;
        let complete = matches!(written, Ok((_, true)));
        let rows = written.as_ref().map_or(0, |(rows, _)| *rows);
        if let Err(error) = note_export(&state, &actor, &query.filter, rows, complete).await {
            let _ = AppError::internal(&error);
        }
        if let Err(error) = written {
            // Breaking the connection is the only way left to say that the file is not whole.
            let _ = AppError::internal(&error);
            let _ = sender.send(Err(std::io::Error::other("the export failed"))).await;
        }
    });
    super::file(super::CSV, &file_name, Body::from_stream(ReceiverStream::new(receiver)))
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
            // A connection for each batch: a reader that is slow to take the file must not keep one.
            let rows = match db.reader().await {
                Ok(mut read) => leads::export_batch(&mut read, &own_scope, &own_query, after, BATCH).await,
                Err(error) => Err(error),
            };
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

fn csv_bytes(header: bool, rows: &[ExportRow], with_price: bool) -> Bytes {
    let mut sheet = Sheet::with_capacity(rows.len() * 200 + 200);
    if header {
        let (head, price) =
            (["Name", "Email", "Phone", "Campaign", "Received", "Status", "Lead ID"], ["Price", "Currency"]);
        let price: &[&str] = if with_price { &price } else { &[] };
        sheet.row(&[&head[..], price, &["Details"]].concat());
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
        sheet.row(&[&head[..], price, &[details.as_str()]].concat());
    }
    sheet.finish().into()
}

/// The event says which filters were set; the search text may be a person's name and stays out.
async fn note_export(
    state: &AppState,
    actor: &PartnerActor,
    filter: &LeadFilter,
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
    let mut tx = state.db.begin_write().await?;
    let leads = Object("leads", None);
    if complete {
        actor.record(&mut tx, AuditAction::LeadsExported, leads, detail);
    } else {
        actor.record_failure(&mut tx, AuditAction::LeadsExported, leads, detail);
    }
    tx.commit().await
}
