//! Invoices as files: one as PDF or CSV, several of either as ZIP.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use app::{access::AppState, error::AppError};
use axum::{body::Body, extract::Path, response::Response};
use domain::{
    access::Permission,
    admin::AdminPermission,
    audit::AuditAction,
    ids::{AccountId, InvoiceId},
    invoices::{AdminInvoice, Invoice, InvoiceCursor, InvoiceListQuery, file_stem},
};
use serde_json::json;
use services::Object;
use store::{Reader, StoreError, access::PartnerScope, accounts, invoices};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    CSV, PDF, ZIP, invoice_csv as csv_file,
    request::{AdminDownload, Download, PartnerDownload, Visitor, borrowed, file, ids, record, record_about},
    stream::{self, Output},
};
use crate::invoice_pdf::{self, Logo};

/// Maximum number of invoices of one ZIP file.
const MAX_INVOICES: usize = 500;

/// The kinds of file an invoice comes as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Pdf,
    Csv,
}

impl Format {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => PDF,
            Self::Csv => CSV,
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Csv => "csv",
        }
    }

    fn render(self, invoice: &Invoice, logo: Option<&[u8]>) -> Result<Vec<u8>, AppError> {
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
pub async fn invoice_pdf(download: PartnerDownload, Path(id): Path<String>) -> Response {
    download.answer(one(&download, &id, Format::Pdf).await)
}

/// `GET /partner/invoices/{id}/csv`.
pub async fn invoice_csv(download: PartnerDownload, Path(id): Path<String>) -> Response {
    download.answer(one(&download, &id, Format::Csv).await)
}

async fn one(download: &PartnerDownload, id: &str, format: Format) -> Result<Response, AppError> {
    let actor = download.require(Permission::ViewInvoices).await?;
    let id: InvoiceId = id.parse().map_err(|_| AppError::NotFound)?;
    let state = &download.state;
    let invoice =
        invoices::get(&mut state.db.begin_read(&actor).await?, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
    answered(download, download.session.account_id(), invoice, format, async || {
        let detail = json!({ "format": format.ending() });
        record(state, &actor, true, AuditAction::InvoiceDownloaded, id.into(), detail).await
    })
    .await
}

/// `GET /admin/invoices/{id}/pdf`.
pub async fn admin_invoice_pdf(download: AdminDownload, Path(id): Path<String>) -> Response {
    download.answer(one_for_admins(&download, &id, Format::Pdf).await)
}

/// `GET /admin/invoices/{id}/csv`.
pub async fn admin_invoice_csv(download: AdminDownload, Path(id): Path<String>) -> Response {
    download.answer(one_for_admins(&download, &id, Format::Csv).await)
}

async fn one_for_admins(download: &AdminDownload, id: &str, format: Format) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let id: InvoiceId = id.parse().map_err(|_| AppError::NotFound)?;
    let state = &download.state;
    let Some(AdminInvoice::Issued { invoice, partner: (partner, _) }) =
        invoices::get_for_admins(&mut state.db.begin_read(&actor).await?, actor.scope(), id).await?
    else {
        return Err(AppError::NotFound);
    };
    answered(download, download.session.account_id(), *invoice, format, async || {
        let detail = json!({ "format": format.ending() });
        record_about(state, &actor, partner, AuditAction::InvoiceDownloaded, id.into(), detail).await
    })
    .await
}

/// Answers with an invoice's file, once that is on the record.
async fn answered<S: Visitor>(
    download: &Download<S>,
    account: AccountId,
    invoice: Invoice,
    format: Format,
    note: impl AsyncFnOnce() -> Result<(), AppError>,
) -> Result<Response, AppError> {
    let name = format!("{}.{}", invoice.file_stem(), format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return Ok(head);
    }
    // A long invoice takes a tenth of a second to draw: not on the threads that answer requests.
    let logo = logo_on(&mut download.state.db.reader(&download.session).await?, account, &invoice, format).await?;
    let rendered = tokio::task::spawn_blocking(move || format.render(&invoice, logo.as_deref())).await;
    let bytes = rendered.map_err(|error| AppError::internal(&error))??;
    note().await?;
    Ok(file(format.media_type(), &name, Body::from(bytes)))
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

/// `GET /partner/invoices/export.zip?format=pdf|csv&id=…&id=…`: those invoices; without an `id`, all that the list's own
/// query matches.
pub async fn invoices_zip(download: PartnerDownload) -> Response {
    download.answer(several(&download).await)
}

async fn several(download: &PartnerDownload) -> Result<Response, AppError> {
    let actor = download.require(Permission::ViewInvoices).await?;
    let state = &download.state;
    let pairs = download.pairs();
    let format = match pairs.iter().find(|(key, _)| key == "format").map(|(_, value)| value.as_str()) {
        Some("csv") => Format::Csv,
        Some("pdf") | None => Format::Pdf,
        Some(_) => return Err(AppError::BadRequest),
    };
    let mut chosen: Vec<InvoiceId> = ids(&pairs, "id")?;
    // One that is named twice is one file.
    let mut seen = HashSet::new();
    chosen.retain(|id| seen.insert(*id));
    let ids = if chosen.is_empty() {
        let query = InvoiceListQuery::from_pairs(borrowed(&pairs)).first_page();
        listed(&mut state.db.begin_read(&actor).await?, actor.scope(), query).await?
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
    let mut read = state.db.begin_read(&actor).await?;
    for id in ids {
        let invoice = invoices::get(&mut read, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
        files.push((id, format!("{}.{}", file_stem(&invoice.summary.number), format.ending())));
    }
    drop(read);
    let name = format!("invoices-{}.zip", download.session.zone().day(state.db.now()));
    if let Some(head) = download.head(ZIP, &name) {
        return Ok(head);
    }
    let place = download.place()?;
    let detail = json!({ "format": format.ending(), "invoices": files.len() });
    record(state, &actor, true, AuditAction::InvoicesDownloaded, Object("invoices", None), detail).await?;
    let (output, body) = stream::body();
    let (owned, account): (AppState, _) = (state.clone(), download.session.account_id());
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let load = async |id| {
            let mut read = owned.db.reader(&actor).await?;
            let invoice = invoices::get(&mut read, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
            let logo = logo_on(&mut read, account, &invoice, format).await?;
            Ok::<_, AppError>((invoice, logo))
        };
        let written = write_zip(Pipe(output.clone()), &files, |id| {
            let (invoice, logo) = runtime.block_on(load(id))?;
            format.render(&invoice, logo.as_deref())
        });
        if let Err(error) = written {
            output.blocking_fail(&error);
        }
    });
    Ok(file(ZIP, &name, body))
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
struct Pipe(Output);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.blocking_send(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
