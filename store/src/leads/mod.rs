//! Leads: storing them, listing them, opening and reviewing one.

mod account;
mod api;
pub(crate) mod breakdowns;
mod change;
mod choices;
mod counts;
mod detail;
mod field_values;
mod fields;
mod files;
mod identify;
mod insert;
mod list;
mod matching;
mod months;
mod notes;
mod outcomes;
pub(crate) mod parts;
mod pending;
mod refold;
mod returns;
mod review;
mod rollups;
mod row;
mod search;
mod views;
mod whose;

pub use account::{AccountExportRow, AccountRows, by_partner, export_of_account, list_of_account, partner_of};
pub use api::{ApiLead, get_for_api, get_of_partner_for_api, list_for_api, list_of_partner_for_api};
pub(crate) use choices::begin_lists;
pub use choices::{Listed, list_for_account, lists, outcomes, reasons, set_list};
pub(crate) use counts::{by_day, counted};
pub use counts::{campaigns, campaigns_of_account, rebuild as rebuild_counts, total};
pub use detail::{get, neighbours};
pub(crate) use field_values::OTHER_VALUE;
pub use field_values::{filter_fields, filter_fields_of_account};
pub use fields::{field_rules, field_rules_of_account, refold_fields, set_field_rules};
pub(crate) use fields::{filterable_unscoped, rules_unscoped};
pub use files::{add_file, file, file_content, files, with_evidence};
pub use identify::{Found as FoundLead, Identified, Named, calling_code, identify};
pub use insert::{
    DeliveredLead, Inserted, KnownLead, PastStep, Push, add_history_unscoped, delivered_unscoped, insert_unscoped,
    known_unscoped,
};
pub use list::{ExportRow, Rows, count, export_batch, export_names, ids, list, list_with, newest};
pub use notes::{add_note, notes};
pub use outcomes::{PastOutcome, add_outcomes_unscoped, due, lock_leads, set_next_step, set_outcome, set_outcomes};
pub(crate) use parts::return_state;
pub(crate) use pending::note_pending;
pub use pending::{pending_unscoped, recount_unscoped, rezoned_unscoped};
pub use refold::refold;
pub use returns::{
    Decided, PastReturn, Request, ReturnPage, add_returns_unscoped, candidates, close_overdue_unscoped, count_returns,
    credits, decide_returns, month_quota, own_return_policy, queue, request_returns, return_policy,
    return_policy_of_account, return_record, returns_of, set_own_return_policy, set_return_policy_of_account,
    set_return_policy_unscoped, withdraw_returns,
};
pub use review::{open, review, undo_reviews, unreject};
pub(crate) use rollups::Grain;
pub use rollups::{Fold, Folded, Step, fold_unscoped};
pub(crate) use row::money;
pub use views::{delete_view, pinned_views, save_view, views};
pub(crate) use whose::{of_account, of_all_partners, of_partner};

/// How many leads one partner can have: the lower half of a lead key.
const KEYS_PER_PARTNER: i64 = 1 << 32;

/// The first and the last lead key of the partner with this number.
pub(crate) const fn key_range(partner_number: i64) -> (i64, i64) {
    let first = partner_number * KEYS_PER_PARTNER;
    (first, first + KEYS_PER_PARTNER - 1)
}
