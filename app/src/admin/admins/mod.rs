//! `/admin/users`: the admins.

pub mod api;
mod page;

pub use page::AdminsPage;
