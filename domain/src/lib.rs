//! The portal's plain types and rules: what a lead, a partner or a permission *is*, with no I/O.
//!
//! Everything here compiles natively and to WebAssembly. What only the server needs (the clock, random
//! numbers, time-zone and Unicode tables) sits behind the `server` feature so that browsers never download it.

#[macro_use]
mod unprinted;
#[macro_use]
mod text_enum;

pub mod access;
pub mod admin;
pub mod api_keys;
pub mod audit;
pub mod clock;
pub mod color;
pub mod csv;
pub mod dashboard;
pub mod delivery;
pub mod email;
pub mod files;
pub mod ids;
pub mod invoices;
pub mod lead_events;
pub mod lead_imports;
pub mod leads;
pub mod logo;
pub mod money;
pub mod outcome_imports;
pub mod overview;
pub mod partners;
pub mod passwords;
pub mod report_mails;
pub mod reports;
mod return_state;
pub mod returns;
pub mod settings;
pub mod tables;
pub mod text;
pub mod time;
pub mod two_factor;
pub mod users;
pub mod validation;
pub mod version;
pub mod welcome;

#[cfg(feature = "server")]
pub mod countries;
#[cfg(feature = "server")]
pub mod hex;
#[cfg(feature = "server")]
pub mod phones;
#[cfg(feature = "server")]
pub mod search;
pub mod sso;
#[cfg(feature = "server")]
pub mod zone;
