//! `/admin/account`: an admin's own name, password, login address and sessions.

pub mod api;
mod page;

pub use page::{AdminConfirmEmailPage, OwnAccountPage};
