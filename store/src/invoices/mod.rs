//! Invoices: what a partner owes, and what operators store of it.

mod admin;
mod billing;
mod draft_lines;
mod drafts;
mod partner;
mod settlement;
mod status;
mod stored;

pub use admin::{export_batch_for_admins, get_for_admins, list_for_admins};
pub use billing::{NotBilled, TakenOff, bill_leads, billing, take_leads_off};
pub use drafts::{Issued, begin_draft, delete_draft, issue, lock_draft, save_draft, texts_of_draft};
pub use partner::{LEADS_SHOWN, billed_leads, due, export_batch, get, list, years};
pub use settlement::{mark_paid, undo_payment, void};
pub use status::Found;
pub use stored::{NewInvoice, insert_unscoped, set_counter_unscoped};
