//! The leads of all the account's partners: the list with its filters, and one lead.

pub mod api;
mod filters;
mod lead_page;
mod list_page;
mod table;

pub use lead_page::AccountLeadPage;
pub use list_page::AccountLeadsPage;

/// Where the list is.
const LIST: &str = "/admin/leads";
