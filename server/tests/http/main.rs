//! The server as a visitor meets it: the real router over a real database of either engine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed; helpers outside test functions too"
)]

mod authenticator;
mod browser;
mod database;
mod world;

mod account_leads;
mod account_recovery;
mod admin_area;
mod api;
mod api_answers;
mod as_people_send;
mod credentials;
mod delivery;
mod export;
mod guard;
mod headers;
mod kept_forms;
mod lead_events;
mod lead_fields;
mod lead_imports;
mod leads;
mod login;
mod notices;
mod outbound;
mod outcome_imports;
mod outcomes;
mod own_account;
mod partner_api;
mod partner_area;
mod passkeys;
mod printing;
mod prove_isolation;
mod provider;
mod report_mails;
mod reports;
mod returns;
mod rotate_keys;
mod sessions;
mod several_accounts;
mod sso;
mod step_up;
mod tables;
mod throttle;
mod two_factor;
mod versions;
mod workbooks;
mod writers;
