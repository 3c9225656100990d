//! `/admin/invoices`: writing, issuing and settling invoices by hand.

pub mod api;
mod billing;
mod draft_form;
mod draft_parts;
mod invoice_page;
mod list_page;
mod live_draft;
mod new_page;

pub use api::BeginInvoice;
pub use invoice_page::AdminInvoicePage;
pub use list_page::{AdminInvoiceTable, AdminInvoicesPage};
pub use new_page::NewInvoicePage;

/// The list's address.
pub(crate) const LIST: &str = "/admin/invoices";
