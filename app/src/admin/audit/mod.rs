//! `/admin/audit`: who did what to which object, when, from where, with what result.

pub mod api;
mod entries;
mod page;

pub use entries::EntryList;
pub use page::AuditPage;
