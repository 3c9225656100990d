//! `/admin/api-keys`: API keys.

pub mod api;
mod page;

pub use page::ApiKeysPage;
