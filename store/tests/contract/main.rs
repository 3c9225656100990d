//! The store's contract: every test runs on SQLite and on a real PostgreSQL.
//!
//! `make test` starts PostgreSQL; by hand, `tools/with-postgres.sh cargo test -p store` does. Without one the tests
//! fail: a contract kept on one engine only is not kept.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod world;

mod access;
mod account_leads;
mod admin_area;
mod audit;
mod billing;
mod concurrency;
mod connections;
mod delivery;
mod field_filters;
mod identify;
mod invitations;
mod lead_events;
mod lead_imports;
mod leads_list;
mod leads_write;
mod login_ways;
mod migrations;
mod outcomes;
mod partner_area;
mod report_mails;
mod reports;
mod returns;
mod sealed;
mod search;
mod sessions;
mod synthetic;
mod throttle;
mod views;
mod wall_rows;
mod walls;
