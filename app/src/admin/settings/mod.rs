//! `/admin/settings`: how the account's portal looks and what its partners may do.

pub mod api;
mod page;

pub use page::SettingsPage;
