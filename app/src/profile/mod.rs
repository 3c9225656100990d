//! The profile: contact data, delivery, security, activity, users.

mod activity_page;
pub mod api;
pub mod api_keys;
mod api_page;
mod contact_page;
mod delivery_page;
mod frame;
mod security_page;
pub mod sso_api;
mod sso_page;
pub mod users_api;
mod users_page;

pub use activity_page::ActivityPage;
pub use api_page::ApiPage;
pub use contact_page::ContactPage;
pub use delivery_page::DeliveryPage;
pub use security_page::SecurityPage;
pub use sso_page::SingleSignOnPage;
pub use users_page::UsersPage;
