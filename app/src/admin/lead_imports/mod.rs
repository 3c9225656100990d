//! `/admin/leads/import`: files of leads, looked over, then read while one watches.

pub mod api;
mod import_page;
mod list_page;
#[cfg(feature = "ssr")]
mod manage;
mod preview;
#[cfg(feature = "ssr")]
pub mod rows;

pub use import_page::LeadImportPage;
pub use list_page::LeadImportsPage;

/// Where the imports are listed.
const LIST: &str = "/admin/leads/import";
