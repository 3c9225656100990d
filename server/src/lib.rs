//! The portal's server: everything of the binary `partner-portal` but its `main`, so that tests can run it.
//!
//! # Errors
//! Every function that asks the database fails when it does not answer. Only what else can go wrong is said beside the
//! function.

#![recursion_limit = "512"]

pub mod api;
pub mod client_address;
pub mod commands;
pub mod config;
pub mod demo;
pub mod downloads;
pub mod egress;
mod files;
mod invoice_pdf;
pub mod isolation;
mod kept_forms;
mod origin;
pub mod router;
mod security;
pub mod serving;
pub mod session_store;
mod site;
mod sso;
pub mod uploads;
pub mod workers;

pub use invoice_pdf::unprintable;

/// Whatever stops a command: its text is for the operator.
pub(crate) type AnyError = Box<dyn std::error::Error + Send + Sync>;
