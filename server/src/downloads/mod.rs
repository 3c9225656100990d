//! Downloads: plain routes behind the same guard as the pages, each one audited.
//!
//! `request` says who asks and for what, `list` turns a list's rows into a file, `sheet` writes CSV, `stream` hands the
//! bytes to whoever reads them.

mod audit;
mod invoice_csv;
mod invoices;
mod leads;
mod list;
mod partners;
mod rejects;
mod request;
mod sheet;
mod stream;

pub use audit::audit_csv;
pub use invoices::{admin_invoice_csv, admin_invoice_pdf, invoice_csv, invoice_pdf, invoices_zip};
pub use leads::leads_csv;
pub use partners::partners_csv;
pub use rejects::lead_rejects_csv;

const CSV: &str = "text/csv; charset=utf-8; header=present";
const PDF: &str = "application/pdf";
const ZIP: &str = "application/zip";
