//! `/admin/users`: the staff itself.

pub mod api;
mod page;

pub use page::AdminsPage;
