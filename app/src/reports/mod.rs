//! Reports: what came, what it cost and what became of it.

pub mod api;
mod form;
pub mod mail_api;
mod mails;
mod page;
mod table;

pub use mails::StopReportPage;
pub use page::ReportsPage;

#[cfg(feature = "ssr")]
pub(crate) use self::mail_api::read_wanted;
pub(crate) use self::{
    form::ReportForm,
    mails::{ReportMails, Sending},
    page::use_report_query,
    table::ReportBody,
};

/// Where the partner's report is.
const REPORT: &str = "/partner/reports";
