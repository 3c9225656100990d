//! The server as a visitor meets it: the real router over a real database of either engine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed; helpers outside test functions too"
)]

mod browser;
mod database;
mod world;

mod api;
mod api_answers;
mod delivery;
mod export;
mod guard;
mod headers;
mod lead_imports;
mod leads;
mod login;
mod partner_area;
mod sessions;
mod staff;
mod tables;
mod versions;
mod ways_back;
mod writers;
