//! Downloads: plain routes behind the same guard as the pages, each one audited.
//!
//! `request` says who asks and for what, `source` reads a list's rows, `list` turns them into a file, `sheet` writes CSV, `workbook` XLSX, and
//! `stream` hands the bytes to whoever reads them.

mod account_leads;
mod audit;
mod invoice_csv;
mod invoice_list;
mod invoices;
mod lead_files;
mod leads;
mod list;
mod partners;
mod rejects;
mod reports;
mod request;
mod returns;
mod sheet;
mod source;
mod stream;
mod workbook;

pub use account_leads::{account_leads_csv, account_leads_xlsx};
pub use audit::{audit_csv, audit_xlsx};
pub use invoice_list::{admin_invoice_list_csv, admin_invoice_list_xlsx, invoice_list_csv, invoice_list_xlsx};
pub use invoices::{admin_invoice_csv, admin_invoice_pdf, invoice_csv, invoice_pdf, invoices_zip};
pub use lead_files::{account_lead_file, lead_file};
pub use leads::{leads_csv, leads_xlsx, selected_leads_csv};
pub use partners::{partners_csv, partners_xlsx};
pub use rejects::{lead_rejects_csv, outcome_rejects_csv};
pub(crate) use reports::report_workbook;
pub use reports::{account_report_csv, account_report_xlsx, report_csv, report_xlsx};
pub use returns::{returns_csv, returns_xlsx};

const CSV: &str = "text/csv; charset=utf-8; header=present";
const PDF: &str = "application/pdf";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ZIP: &str = "application/zip";
