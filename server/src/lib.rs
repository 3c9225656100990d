//! The portal's server: everything of the binary `partner-portal` but its `main`, so that tests can run it.

#![recursion_limit = "512"]

pub mod api;
pub mod cli;
pub mod config;
pub mod delivery;
pub mod demo;
pub mod downloads;
pub mod egress;
mod import;
pub mod importer;
mod invoice_pdf;
pub mod mail;
pub mod router;
mod security;
pub mod serve;
pub mod session_store;
mod staff;
pub mod uploads;
