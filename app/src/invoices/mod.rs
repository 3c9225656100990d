//! Invoices: the list with its filters and sums, one invoice, the ways to download them.

pub mod api;
mod invoice_page;
mod list_page;

pub use invoice_page::InvoicePage;
pub(crate) use invoice_page::{Lines, PartyLines, Payments};
pub use list_page::InvoicesPage;

/// Where the list is.
const LIST: &str = "/partner/invoices";
