//! Leads: storing them, listing them, opening and reviewing one.

mod account;
mod api;
mod change;
mod counts;
mod detail;
mod insert;
mod list;
mod matching;
mod notes;
mod outcomes;
mod refold;
mod review;
mod row;
mod search;

pub use account::{AccountExportRow, AccountRows, by_partner, export_of_account, list_of_account, partner_of};
pub use api::{ApiLead, get_for_api, list_for_api};
pub(crate) use counts::{by_day, counted};
pub use counts::{campaigns, campaigns_of_account, rebuild as rebuild_counts, total};
pub use detail::{get, neighbours};
pub use insert::{
    DeliveredLead, Inserted, KnownLead, PastStep, Push, add_history_unscoped, delivered_unscoped, insert_unscoped,
    known_unscoped,
};
pub use list::{ExportRow, Rows, count, export_batch, export_names, ids, list, newest};
pub(crate) use matching::{of_account, of_partner};
pub use notes::{add_note, notes};
pub(crate) use outcomes::begin_outcomes;
pub use outcomes::{
    PastOutcome, add_outcomes_unscoped, due, outcomes, outcomes_of_account, set_next_step, set_outcome, set_outcomes,
};
pub use refold::refold;
pub use review::{open, review, undo_reviews};

/// How many leads one partner can have: the lower half of a lead key.
const KEYS_PER_PARTNER: i64 = 1 << 32;

/// The first and the last lead key of the partner with this number.
pub(crate) const fn key_range(partner_number: i64) -> (i64, i64) {
    let first = partner_number * KEYS_PER_PARTNER;
    (first, first + KEYS_PER_PARTNER - 1)
}
