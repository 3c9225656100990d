//! `/admin/api-keys`: API keys.

pub mod api;
mod page;
mod webhook;
pub mod webhook_api;

pub use page::ApiKeysPage;
