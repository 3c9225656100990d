//! `/admin/api-keys`: keys for machines.

pub mod api;
mod page;

pub use page::ApiKeysPage;
