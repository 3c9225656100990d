//! Reports: what came, what it cost and what became of it.

pub mod api;
mod form;
mod page;
mod table;

pub use page::ReportsPage;

pub(crate) use self::{form::ReportForm, page::use_report_query, table::ReportBody};

/// Where the partner's report is.
const REPORT: &str = "/partner/reports";
