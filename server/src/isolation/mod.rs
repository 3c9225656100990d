//! The proof that partners and accounts are apart.

mod fill;
mod report;
pub mod routes;
mod visitor;
mod world;

pub use self::{
    report::{Finding, Report, Round},
    visitor::{Content, form, json},
};
