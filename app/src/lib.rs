//! The portal's pages, one folder per feature, rendered on the server and hydrated in the browser.
//!
//! Each feature has its pages, its components, and its server functions in `api.rs`. A server function is thin:
//! guard, validate with the domain's rules, ask the store, answer.
//!
//! # Errors
//! Every function that asks the database fails with [`error::AppError::Internal`] when it does not answer. Only what else can
//! go wrong is said beside the function.

#![recursion_limit = "512"]
#![expect(unreachable_pub, reason = "the component macro makes its parts public")]

#[cfg(feature = "ssr")]
#[macro_use]
pub mod access;
pub mod admin;
pub mod auth;
pub mod dashboard;
pub mod delivery;
pub mod error;
pub mod invoices;
pub mod leads;
pub mod profile;
pub mod reports;
mod shell;
pub mod ui;

pub use shell::{App, Assets, shell};
