//! Reports of the leads of all the account's partners.

pub mod api;
mod page;

pub use page::AccountReportsPage;

/// Where the account's report is.
const REPORT: &str = "/admin/reports";
