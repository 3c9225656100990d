//! What admins download: partners, invoices, the audit log.

use app::{
    access::{AppState, check_admin, error_response},
    error::AppError,
};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, Method},
    response::Response,
};
use domain::{
    admin::AdminPermission,
    audit::{AuditAction, AuditEntry, AuditFilter, AuditQuery},
    ids::{InvoiceId, LeadImportId, PartnerId},
    invoices::AdminInvoice,
    lead_imports::REJECT_COLUMNS,
    partners::{PartnerListQuery, PartnerRow},
};
use services::{AdminActor, ClientAddress, Object};
use store::{
    StoreError,
    access::{AdminScope, AdminSession},
    audit, invoices, lead_imports, partners,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    CSV,
    invoices::{Format, record, rendered},
    sheet::Sheet,
};

/// Events read at once.
const BATCH: i64 = 1_000;

async fn exporting(state: &AppState, session: &AdminSession, address: &str) -> Result<AdminActor, AppError> {
    check_admin(state, session, AdminPermission::Export, address).await
}

/// Records a download about one of the account's partners, in a transaction of its own.
async fn record_about(
    state: &AppState,
    actor: &AdminActor,
    partner: PartnerId,
    action: AuditAction,
    object: Object,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let mut tx = state.db.begin_write().await?;
    actor.record_about(&mut tx, partner, action, object, detail);
    Ok(tx.commit().await?)
}

/// `GET /admin/invoices/{id}/pdf`.
pub async fn admin_invoice_pdf(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let answer = invoice(&state, &session, &address, &id, Format::Pdf, &method).await;
    answer.unwrap_or_else(|error| error_response(&error, &headers, "/admin"))
}

/// `GET /admin/invoices/{id}/csv`.
pub async fn admin_invoice_csv(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let answer = invoice(&state, &session, &address, &id, Format::Csv, &method).await;
    answer.unwrap_or_else(|error| error_response(&error, &headers, "/admin"))
}

async fn invoice(
    state: &AppState,
    session: &AdminSession,
    address: &str,
    id: &str,
    format: Format,
    method: &Method,
) -> Result<Response, AppError> {
    let actor = exporting(state, session, address).await?;
    let id: InvoiceId = id.parse().map_err(|_| AppError::NotFound)?;
    let Some(AdminInvoice::Issued { invoice, partner: (partner, _) }) =
        invoices::get_for_admins(&mut state.db.begin_read().await?, actor.scope(), id).await?
    else {
        return Err(AppError::NotFound);
    };
    let (name, bytes) = match rendered(state, session.account_id(), *invoice, format, method).await? {
        Ok(rendered) => rendered,
        Err(head) => return Ok(head),
    };
    let detail = serde_json::json!({ "format": format.ending() });
    record_about(state, &actor, partner, AuditAction::InvoiceDownloaded, id.into(), detail).await?;
    Ok(super::file(format.media_type(), &name, Body::from(bytes)))
}

/// `GET /admin/partners/export.csv?{the list's own query}`: the partners the list shows, on all its pages; with `ids[]`,
/// those alone.
pub async fn partners_csv(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let answer = partner_list(&state, &session, &address, &query.unwrap_or_default(), &method).await;
    answer.unwrap_or_else(|error| error_response(&error, &headers, "/admin"))
}

async fn partner_list(
    state: &AppState,
    session: &AdminSession,
    address: &str,
    query: &str,
    method: &Method,
) -> Result<Response, AppError> {
    let actor = exporting(state, session, address).await?;
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let chosen = pairs.iter().filter(|(key, _)| key == "ids[]").map(|(_, id)| id.parse::<PartnerId>());
    let chosen = chosen.collect::<Result<Vec<_>, _>>().map_err(|_| AppError::NotFound)?;
    let mut list = PartnerListQuery::from_pairs(pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))).at(1);
    let name = format!("partners-{}.csv", session.zone().day(state.db.now()));
    if method == Method::HEAD {
        return Ok(super::file(CSV, &name, Body::empty()));
    }
    let mut sheet = Sheet::with_capacity(4_096);
    sheet.row(&["Name", "Reference", "Status", "Portal", "Users", "Last login", "Leads this month", "Unpaid"]);
    let mut rows = 0_u64;
    let mut read = state.db.begin_read().await?;
    loop {
        let page = partners::list(&mut read, actor.scope(), &list).await?;
        if page.partners.is_empty() {
            break;
        }
        for partner in page.partners.iter().filter(|partner| chosen.is_empty() || chosen.contains(&partner.id)) {
            partner_row(&mut sheet, partner);
            rows += 1;
        }
        list = list.at(list.page + 1);
    }
    drop(read);
    let detail = serde_json::json!({ "rows": rows });
    record(state, &actor, AuditAction::PartnersExported, Object("partners", None), detail).await?;
    Ok(super::file(CSV, &name, Body::from(sheet.finish())))
}

fn partner_row(sheet: &mut Sheet, partner: &PartnerRow) {
    let unpaid = partner.unpaid.iter().map(|sum| format!("{} {}", sum.decimal(), sum.currency.code()));
    sheet.row(&[
        &partner.name,
        &partner.external_ref,
        partner.status.label(),
        if partner.portal_access { "on" } else { "off" },
        &partner.users.to_string(),
        &partner.last_login.map(|time| time.rfc3339()).unwrap_or_default(),
        &partner.leads_this_month.to_string(),
        &unpaid.collect::<Vec<_>>().join("; "),
    ]);
}

/// `GET /admin/audit/export.csv?{the log's own query}`: exactly the events the page shows, on all its pages.
pub async fn audit_csv(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let actor = match exporting(&state, &session, &address).await {
        Ok(actor) => actor,
        Err(error) => return error_response(&error, &headers, "/admin"),
    };
    let name = format!("audit-{}.csv", session.zone().day(state.db.now()));
    if method == Method::HEAD {
        return super::file(CSV, &name, Body::empty());
    }
    let pairs: Vec<_> = form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes()).collect();
    let filter = AuditQuery::from_pairs(pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))).filter;
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(2);
    tokio::spawn(async move {
        let written = write_events(&state, actor.scope(), &filter, &sender).await;
        let complete = matches!(written, Ok((_, true)));
        let rows = written.as_ref().map_or(0, |(rows, _)| *rows);
        let detail = serde_json::json!({ "rows": rows, "complete": complete });
        // Its cause is in the log already.
        let _ = record_export(&state, &actor, complete, detail).await;
        if let Err(error) = written {
            // Breaking the connection is the only way left to say that the file is not whole.
            let _ = AppError::internal(&error);
            let _ = sender.send(Err(std::io::Error::other("the export failed"))).await;
        }
    });
    super::file(CSV, &name, Body::from_stream(ReceiverStream::new(receiver)))
}

async fn record_export(
    state: &AppState,
    actor: &AdminActor,
    complete: bool,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let mut tx = state.db.begin_write().await?;
    let log = Object("audit", None);
    if complete {
        actor.record(&mut tx, AuditAction::AuditExported, log, detail);
    } else {
        actor.record_failure(&mut tx, AuditAction::AuditExported, log, detail);
    }
    Ok(tx.commit().await?)
}

/// Writes the events into the channel; says how many, and whether the reader stayed to the end.
async fn write_events(
    state: &AppState,
    scope: &AdminScope,
    filter: &AuditFilter,
    sender: &mpsc::Sender<Result<Bytes, std::io::Error>>,
) -> Result<(u64, bool), StoreError> {
    let (mut written, mut before) = (0, None);
    loop {
        let entries = audit::export_batch(&mut state.db.reader().await?, scope, filter, before, BATCH).await?;
        let mut sheet = Sheet::with_capacity(entries.len() * 200 + 200);
        if before.is_none() {
            sheet.row(&[
                "Event", "Time", "Actor", "Kind", "Action", "Partner", "Object", "Object id", "Result", "From",
                "Detail",
            ]);
        }
        for entry in &entries {
            event_row(&mut sheet, entry);
        }
        before = entries.last().map(|entry| entry.sequence);
        let last = entries.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        written += entries.len() as u64;
        if sender.send(Ok(sheet.finish().into())).await.is_err() {
            return Ok((written, false));
        }
        if last {
            return Ok((written, true));
        }
    }
}

fn event_row(sheet: &mut Sheet, entry: &AuditEntry) {
    let detail = entry.detail.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ");
    sheet.row(&[
        &entry.sequence.to_string(),
        &entry.at.rfc3339(),
        &entry.actor,
        entry.actor_kind.as_str(),
        entry.action.as_str(),
        entry.partner.as_ref().map_or("", |(_, name)| name),
        &entry.object_kind,
        &entry.object,
        entry.result.as_str(),
        &entry.address,
        &detail,
    ]);
}

/// `GET /admin/leads/import/{import}/rejects.csv`: the rows of a file that could not be leads, each with its line, the
/// columns that are wrong, and why.
pub async fn lead_rejects_csv(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let answer = lead_rejects(&state, &session, &address, &id, &method).await;
    answer.unwrap_or_else(|error| error_response(&error, &headers, "/admin"))
}

async fn lead_rejects(
    state: &AppState,
    session: &AdminSession,
    address: &str,
    id: &str,
    method: &Method,
) -> Result<Response, AppError> {
    let actor = check_admin(state, session, AdminPermission::ImportLeads, address).await?;
    let id: LeadImportId = id.parse().map_err(|_| AppError::NotFound)?;
    let import =
        lead_imports::get(&mut state.db.reader().await?, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
    let name = format!("rejected-{id}.csv");
    if method == Method::HEAD {
        return Ok(super::file(CSV, &name, Body::empty()));
    }
    let detail = serde_json::json!({ "file": import.summary.file_name, "rows": import.summary.progress.rejected });
    let partner = import.summary.partner.0;
    record_about(state, &actor, partner, AuditAction::LeadRejectsDownloaded, id.into(), detail).await?;
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(2);
    let db = state.db.clone();
    tokio::spawn(async move {
        let mut sheet = Sheet::with_capacity(4_096);
        let header: Vec<&str> = REJECT_COLUMNS.into_iter().chain(import.header.iter().map(String::as_str)).collect();
        sheet.row(&header);
        let mut after = None;
        loop {
            let rows = match db.reader().await {
                Ok(mut read) => lead_imports::rejects(&mut read, actor.scope(), id, after, BATCH).await,
                Err(error) => Err(error),
            };
            let rows = match rows {
                Ok(rows) => rows,
                Err(error) => {
                    // Breaking the connection is the only way left to say that the file is not whole.
                    let _ = AppError::internal(&error);
                    let _ = sender.send(Err(std::io::Error::other("the export failed"))).await;
                    return;
                }
            };
            for row in &rows {
                let (columns, reasons) = row.columns_and_reasons();
                let line = row.line.to_string();
                let cells = row.cells.iter().map(String::as_str);
                sheet.row(&[line.as_str(), &columns, &reasons].into_iter().chain(cells).collect::<Vec<_>>());
            }
            after = rows.last().map(|row| row.at);
            let last = after.is_none();
            if sender.send(Ok(sheet.finish().into())).await.is_err() || last {
                return;
            }
            sheet = Sheet::with_capacity(4_096);
        }
    });
    Ok(super::file(CSV, &name, Body::from_stream(ReceiverStream::new(receiver))))
}
