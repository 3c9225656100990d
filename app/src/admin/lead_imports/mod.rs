//! `/admin/leads/import`: files of leads, looked over, then read while one watches.

pub mod api;
mod import_page;
mod list_page;
mod preview;

pub use import_page::LeadImportPage;
pub use list_page::LeadImportsPage;

/// Where the imports are listed.
const LIST: &str = "/admin/leads/import";
