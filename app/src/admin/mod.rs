//! The admin area: the account's partners, invoices, settings, admins and audit log.

pub mod account;
pub mod admins;
pub mod api_keys;
pub mod audit;
pub mod auth_api;
mod auth_pages;
pub mod invoices;
mod layout;
pub mod lead_imports;
pub mod leads;
pub mod overview;
pub mod partners;
pub mod passkey_api;
pub mod reports;
pub mod returns;
pub mod settings;
pub mod two_factor_api;
mod two_factor_pages;

pub use auth_pages::{
    AdminEndSessionsPage, AdminForgotPasswordPage, AdminInvitePage, AdminLoginPage, AdminResetPasswordPage, SetupPage,
};
pub use layout::AdminLayout;
pub(crate) use layout::IfMay;
pub use two_factor_pages::{AdminConfirmPage, AdminLoginCodePage, AdminTwoFactorPage};
