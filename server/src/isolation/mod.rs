//! The proof that partners and accounts are apart.

pub mod routes;
mod visitor;

pub use self::visitor::{Content, form, json};
