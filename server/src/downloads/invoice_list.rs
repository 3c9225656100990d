//! Lists of invoices as files: a row for each.

use app::{access::AppState, error::AppError};
use axum::response::Response;
use chrono::NaiveDate;
use domain::{
    access::Permission,
    admin::AdminPermission,
    audit::AuditAction,
    ids::InvoiceId,
    invoices::{AdminInvoiceQuery, AdminInvoiceRow, InvoiceCursor, InvoiceListQuery, InvoiceSummary},
};
use serde_json::json;
use store::{
    StoreError,
    access::{AdminScope, PartnerScope},
    invoices,
};

use super::{
    list::{self, Event, Format},
    request::{AdminDownload, PartnerDownload, borrowed, file},
    sheet::{Cell, Column, Row},
    source::Source,
};

/// Rows read at once.
const BATCH: usize = 1_000;

const HEADER: [(&str, u16); 7] =
    [("Invoice", 18), ("Issued", 12), ("Due", 12), ("Status", 12), ("Total", 14), ("Still open", 14), ("Currency", 10)];

/// `GET /partner/invoices/export.csv?{the list's own query}`: the invoices the list shows, on all its pages.
pub async fn invoice_list_csv(download: PartnerDownload) -> Response {
    download.answer(export(&download, Format::Csv).await)
}

/// `GET /partner/invoices/export.xlsx`: the same as a workbook.
pub async fn invoice_list_xlsx(download: PartnerDownload) -> Response {
    download.answer(export(&download, Format::Xlsx).await)
}

async fn export(download: &PartnerDownload, format: Format) -> Result<Response, AppError> {
    let actor = download.require(Permission::ViewInvoices).await?;
    let state = download.state.clone();
    let name = format!("invoices-{}.{}", download.session.zone().day(state.db.now()), format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return Ok(head);
    }
    let query = InvoiceListQuery::from_pairs(borrowed(&download.pairs())).first_page();
    let source = Invoices { state: state.clone(), scope: actor.scope().clone(), query, done: false };
    let (action, detail) = (AuditAction::InvoicesDownloaded, json!({ "list": true }));
    let event = Event { state, actor, action, object: "invoices", format, detail };
    let source = download.confirmed(source).await?;
    Ok(file(format.media_type(), &name, list::body("Invoices", source, event)))
}

struct Invoices {
    state: AppState,
    scope: PartnerScope,
    query: InvoiceListQuery,
    done: bool,
}

impl Source for Invoices {
    async fn columns(&mut self) -> Result<Vec<Column>, StoreError> {
        Ok(Column::all(&HEADER))
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        if self.done {
            return Ok(None);
        }
        // A connection for each batch: a reader that is slow to take the file must not keep one.
        let mut read = self.state.db.reader(&self.scope).await?;
        let found = invoices::export_batch(&mut read, &self.scope, &self.query, BATCH).await?;
        match found.last().filter(|_| found.len() == BATCH) {
            Some(last) => self.query = self.query.at(InvoiceCursor::After(last.id)),
            None => self.done = true,
        }
        Ok(Some(found.into_iter().map(cells).collect()))
    }
}

fn cells(invoice: InvoiceSummary) -> Row {
    vec![
        invoice.number.into(),
        Cell::Day(invoice.issued_on),
        Cell::Day(invoice.due_on),
        invoice.state.label().into(),
        Cell::Amount(invoice.total),
        Cell::Amount(invoice.open),
        invoice.total.currency.code().into(),
    ]
}

/// `GET /admin/invoices/export.csv?{the list's own query}`: the invoices the list shows, drafts among them, on all its
/// pages.
pub async fn admin_invoice_list_csv(download: AdminDownload) -> Response {
    download.answer(export_for_admins(&download, Format::Csv).await)
}

/// `GET /admin/invoices/export.xlsx`: the same as a workbook.
pub async fn admin_invoice_list_xlsx(download: AdminDownload) -> Response {
    download.answer(export_for_admins(&download, Format::Xlsx).await)
}

async fn export_for_admins(download: &AdminDownload, format: Format) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let state = download.state.clone();
    let name = format!("invoices-{}.{}", download.session.zone().day(state.db.now()), format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return Ok(head);
    }
    let query = AdminInvoiceQuery { after: None, ..AdminInvoiceQuery::from_pairs(borrowed(&download.pairs())) };
    let source = AdminInvoices { state: state.clone(), scope: actor.scope().clone(), query, after: None, done: false };
    let (action, detail) = (AuditAction::InvoicesDownloaded, json!({ "list": true }));
    let event = Event { state, actor, action, object: "invoices", format, detail };
    let source = download.confirmed(source).await?;
    Ok(file(format.media_type(), &name, list::body("Invoices", source, event)))
}

struct AdminInvoices {
    state: AppState,
    scope: AdminScope,
    query: AdminInvoiceQuery,
    after: Option<(NaiveDate, InvoiceId)>,
    done: bool,
}

impl Source for AdminInvoices {
    async fn columns(&mut self) -> Result<Vec<Column>, StoreError> {
        let partner = Column::new("Partner", 32);
        Ok(std::iter::once(partner).chain(Column::all(&HEADER)).collect())
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        if self.done {
            return Ok(None);
        }
        let mut read = self.state.db.reader(&self.scope).await?;
        let found = invoices::export_batch_for_admins(&mut read, &self.scope, &self.query, self.after, BATCH).await?;
        self.after = found.last().map(|invoice| (invoice.issued_on, invoice.id));
        self.done = found.len() < BATCH;
        Ok(Some(found.into_iter().map(cells_for_admins).collect()))
    }
}

fn cells_for_admins(invoice: AdminInvoiceRow) -> Row {
    vec![
        invoice.partner.1.into(),
        Cell::of(invoice.number, Cell::Text),
        Cell::Day(invoice.issued_on),
        Cell::Day(invoice.due_on),
        invoice.state.map_or("Draft", |state| state.label()).into(),
        Cell::Amount(invoice.total),
        Cell::Amount(invoice.open),
        invoice.total.currency.code().into(),
    ]
}
