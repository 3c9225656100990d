//! The portal's tables.
//!
//! One file per aggregate, plain functions over a [`Reader`] or a [`Tx`], one SQL text for both engines. Whatever a
//! partner asks for takes a [`access::PartnerScope`], which only [`access::PartnerSession::require`] makes.
//! A name that ends in `_unscoped` warns: nothing was checked, and the account or the partner is whichever the caller names.
//! Look-ups answer `Ok(None)` when there is nothing; whether that is an error, the caller decides.
//!
//! # Errors
//! Every function here fails with a [`StoreError`] when the database does not answer, or is busy for longer than
//! [`Limits`] allow. Only what else can go wrong is said beside the function.

pub mod access;
pub mod accounts;
pub mod admins;
pub mod api_keys;
pub mod audit;
mod commit;
pub mod credentials;
pub mod dashboard;
mod db;
pub mod delivery;
mod dialect;
mod error;
mod guarded;
pub mod identity_providers;
pub mod invitations;
pub mod invoices;
pub mod kept_forms;
pub mod lead_events;
pub mod lead_imports;
pub mod leads;
pub mod one_time_secrets;
mod options;
pub mod outbox;
pub mod overview;
pub mod partners;
pub mod passkeys;
mod postgres;
pub mod report_mails;
pub mod reports;
mod roles;
pub mod sealed;
pub mod session_end_links;
pub mod sessions;
mod sql;
pub mod synthetic;
pub mod throttle;
pub mod tokens;
pub mod two_factor;
pub mod users;
mod wall;

pub use db::{Db, Reader, Tx};
pub use error::{BUSY, StoreError};
pub use guarded::GuardedDb;
pub use options::{Limits, Options};
pub use roles::WallGap;
pub use wall::{Wall, Walled};
