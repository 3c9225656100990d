//! `/partner/leads/outcomes`: files in which a partner says what became of its leads.

pub mod api;
mod import_page;
mod list_page;

pub use import_page::OutcomeImportPage;
pub use list_page::OutcomeImportsPage;

/// Where they are.
const LIST: &str = "/partner/leads/outcomes";
