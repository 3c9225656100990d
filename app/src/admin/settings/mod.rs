//! `/admin/settings` and below: how the account's portal looks and what its partners may do.

pub mod api;
mod audit_log;
mod branding;
mod frame;
mod general;
mod invoices;
mod lead_fields;
mod leads;
mod mails;
mod permissions;
mod security;
mod sso;
pub mod sso_api;

pub use audit_log::AuditLogSettingsPage;
pub use branding::BrandingSettingsPage;
pub(crate) use frame::SettingsFrame;
pub use general::GeneralSettingsPage;
pub use invoices::InvoicesSettingsPage;
pub use leads::LeadsSettingsPage;
pub use mails::MailsSettingsPage;
pub use permissions::PermissionsSettingsPage;
pub use security::SecuritySettingsPage;
