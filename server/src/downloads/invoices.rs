//! Invoices as files: one as PDF or CSV, several of either as ZIP.

use std::io::{self, Write};

use app::{
    access::{AppState, check, error_response},
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
    access::Permission,
    audit::AuditAction,
    ids::{AccountId, InvoiceId},
    invoices::{Invoice, InvoiceCursor, InvoiceListQuery, file_stem},
};
use services::{Actor, ClientAddress, Object, Scope};
use store::{
    Reader, StoreError,
    access::{PartnerScope, PartnerSession},
    accounts, invoices,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{CSV, PDF, ZIP, invoice_csv as csv_file};
use crate::invoice_pdf::{self, Logo};

/// Maximum number of invoices of one ZIP file.
const MAX_INVOICES: usize = 500;

/// The kinds of file an invoice comes as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Pdf,
    Csv,
}

impl Format {
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => PDF,
            Self::Csv => CSV,
        }
    }

    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Csv => "csv",
        }
    }

    pub(super) fn render(self, invoice: &Invoice, logo: Option<&[u8]>) -> Result<Vec<u8>, AppError> {
        match self {
            Self::Pdf => {
                // It was looked at when it was uploaded: what cannot be read now is our fault, and no reason to owe an
                // invoice.
                let logo =
                    logo.and_then(|png| Logo::decode(png).inspect_err(|error| drop(AppError::internal(error))).ok());
                invoice_pdf::render(invoice, logo.as_ref()).map_err(|error| AppError::internal(&error))
            }
            Self::Csv => Ok(csv_file::render(invoice)),
        }
    }
}

/// `GET /partner/invoices/{id}/pdf`.
pub async fn invoice_pdf(
    State(state): State<AppState>,
    Extension(session): Extension<PartnerSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let answer = one(&state, &session, &address, &id, Format::Pdf, &method).await;
    answer.unwrap_or_else(|error| error_response(&error, &headers, "/partner"))
}

/// `GET /partner/invoices/{id}/csv`.
pub async fn invoice_csv(
    State(state): State<AppState>,
    Extension(session): Extension<PartnerSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let answer = one(&state, &session, &address, &id, Format::Csv, &method).await;
    answer.unwrap_or_else(|error| error_response(&error, &headers, "/partner"))
}

async fn one(
    state: &AppState,
    session: &PartnerSession,
    address: &str,
    id: &str,
    format: Format,
    method: &Method,
) -> Result<Response, AppError> {
    let actor = check(state, session, Permission::ViewInvoices, address).await?;
    let id: InvoiceId = id.parse().map_err(|_| AppError::NotFound)?;
    let invoice =
        invoices::get(&mut state.db.begin_read().await?, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
    let (name, bytes) = match rendered(state, session.account_id(), invoice, format, method).await? {
        Ok(rendered) => rendered,
        Err(head) => return Ok(head),
    };
    let detail = serde_json::json!({ "format": format.ending() });
    record(state, &actor, AuditAction::InvoiceDownloaded, id.into(), detail).await?;
    Ok(super::file(format.media_type(), &name, Body::from(bytes)))
}

/// The logo that stands on an invoice.
async fn logo_on(
    read: &mut Reader,
    account: AccountId,
    invoice: &Invoice,
    format: Format,
) -> Result<Option<Vec<u8>>, StoreError> {
    match &invoice.logo {
        Some(hash) if format == Format::Pdf => accounts::logo_of(read, account, hash).await,
        _ => Ok(None),
    }
}

/// An invoice's file and its name; for a `HEAD` request the answer itself.
pub(super) async fn rendered(
    state: &AppState,
    account: AccountId,
    invoice: Invoice,
    format: Format,
    method: &Method,
) -> Result<Result<(String, Vec<u8>), Response>, AppError> {
    let name = format!("{}.{}", invoice.file_stem(), format.ending());
    if method == Method::HEAD {
        return Ok(Err(super::file(format.media_type(), &name, Body::empty())));
    }
    // A long invoice takes a tenth of a second to draw: not on the threads that answer requests.
    let logo = logo_on(&mut state.db.reader().await?, account, &invoice, format).await?;
    let rendered = tokio::task::spawn_blocking(move || format.render(&invoice, logo.as_deref())).await;
    Ok(Ok((name, rendered.map_err(|error| AppError::internal(&error))??)))
}

/// Records a download, in a transaction of its own.
pub(super) async fn record<S: Scope>(
    state: &AppState,
    actor: &Actor<S>,
    action: AuditAction,
    object: Object,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let mut tx = state.db.begin_write().await?;
    actor.record(&mut tx, action, object, detail);
    Ok(tx.commit().await?)
}

/// `GET /partner/invoices/export.zip?format=pdf|csv&id=…&id=…`: those invoices; without an `id`, all that the list's own
/// query matches.
pub async fn invoices_zip(
    State(state): State<AppState>,
    Extension(session): Extension<PartnerSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let answer = several(&state, &session, &address, &query.unwrap_or_default(), &method).await;
    answer.unwrap_or_else(|error| error_response(&error, &headers, "/partner"))
}

async fn several(
    state: &AppState,
    session: &PartnerSession,
    address: &str,
    query: &str,
    method: &Method,
) -> Result<Response, AppError> {
    let actor = check(state, session, Permission::ViewInvoices, address).await?;
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let format = match pairs.iter().find(|(key, _)| key == "format").map(|(_, value)| value.as_ref()) {
        Some("csv") => Format::Csv,
        Some("pdf") | None => Format::Pdf,
        Some(_) => return Err(AppError::BadRequest),
    };
    let chosen = pairs.iter().filter(|(key, _)| key == "id").map(|(_, id)| id.parse::<InvoiceId>());
    let chosen = chosen.collect::<Result<Vec<_>, _>>().map_err(|_| AppError::NotFound)?;
    let ids = if chosen.is_empty() {
        let filter = InvoiceListQuery::from_pairs(pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref())));
        listed(&mut state.db.begin_read().await?, actor.scope(), filter.first_page()).await?
    } else {
        chosen
    };
    if ids.is_empty() {
        return Err(AppError::NotFound);
    }
    if ids.len() > MAX_INVOICES {
        return Err(AppError::TooMany(MAX_INVOICES));
    }
    // All are looked up before the first byte is sent: a foreign id must be a 404, not half a file. Only the numbers are
    // kept, for the invoices themselves may be long.
    let mut files = Vec::with_capacity(ids.len());
    let mut read = state.db.begin_read().await?;
    for id in ids {
        let invoice = invoices::get(&mut read, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
        files.push((id, format!("{}.{}", file_stem(&invoice.summary.number), format.ending())));
    }
    drop(read);
    let name = format!("invoices-{}.zip", session.zone().day(state.db.now()));
    if method == Method::HEAD {
        return Ok(super::file(ZIP, &name, Body::empty()));
    }
    let detail = serde_json::json!({ "format": format.ending(), "invoices": files.len() });
    record(state, &actor, AuditAction::InvoicesDownloaded, Object("invoices", None), detail).await?;
    let (sender, receiver) = mpsc::channel(4);
    let (owned, account) = (state.clone(), session.account_id());
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let pipe = Pipe(sender.clone());
        let load = async |id| {
            let mut read = owned.db.reader().await?;
            let invoice = invoices::get(&mut read, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
            let logo = logo_on(&mut read, account, &invoice, format).await?;
            Ok::<_, AppError>((invoice, logo))
        };
        let written = write_zip(pipe, &files, |id| {
            let (invoice, logo) = runtime.block_on(load(id))?;
            format.render(&invoice, logo.as_deref())
        });
        if let Err(error) = written {
            // Breaking the connection is the only way left to say that the file is not whole.
            tracing::warn!(cause = %error, "a ZIP file was not finished");
            let _ = sender.blocking_send(Err(io::Error::other("the file could not be finished")));
        }
    });
    Ok(super::file(ZIP, &name, Body::from_stream(ReceiverStream::new(receiver))))
}

/// The ids of all invoices a query matches, one more than [`MAX_INVOICES`] at most.
async fn listed(
    read: &mut Reader,
    scope: &PartnerScope,
    mut query: InvoiceListQuery,
) -> Result<Vec<InvoiceId>, AppError> {
    let mut ids = Vec::new();
    loop {
        let page = invoices::list(read, scope, &query).await?;
        ids.extend(page.invoices.iter().map(|invoice| invoice.id));
        match page.invoices.last().filter(|_| page.has_next && ids.len() <= MAX_INVOICES) {
            Some(last) => query = query.at(InvoiceCursor::After(last.id)),
            None => return Ok(ids),
        }
    }
}

fn write_zip(
    pipe: Pipe,
    files: &[(InvoiceId, String)],
    render: impl Fn(InvoiceId) -> Result<Vec<u8>, AppError>,
) -> io::Result<()> {
    // Stored, not deflated: PDF is compressed already. The default date makes the same invoices the same bytes.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new_stream(pipe);
    for (id, name) in files {
        let bytes = render(*id).map_err(io::Error::other)?;
        zip.start_file(name.as_str(), options).map_err(io::Error::other)?;
        zip.write_all(&bytes)?;
    }
    zip.finish().map_err(io::Error::other)?;
    Ok(())
}

/// Where a blocking writer's bytes go into an answer.
struct Pipe(mpsc::Sender<Result<Bytes, io::Error>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
