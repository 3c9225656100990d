//! `/admin/settings`: how the account's portal looks and what its partners may do.

pub mod api;
#[cfg(feature = "ssr")]
mod manage;
mod page;

pub use page::SettingsPage;
