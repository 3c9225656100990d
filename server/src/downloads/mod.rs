//! Downloads: plain routes behind the same guard as the pages, each one audited.

mod admin;
mod invoice_csv;
mod invoices;
mod leads;
mod sheet;

pub use admin::{admin_invoice_csv, admin_invoice_pdf, audit_csv, lead_rejects_csv, partners_csv};
pub use invoices::{invoice_csv, invoice_pdf, invoices_zip};
pub use leads::leads_csv;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

const CSV: &str = "text/csv; charset=utf-8; header=present";
const PDF: &str = "application/pdf";
const ZIP: &str = "application/zip";

/// A file to be saved under a name. The names are ours: letters, digits, `-`, `_` and `.`.
fn file(media_type: &'static str, name: &str, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
