//! Leads that are alike, counted together: as the tables of counts have them, and as the leads themselves can be put together.

use domain::{
    money::{Currency, Money},
    reports::{Part, Tally},
    returns::ReturnState,
};
use sqlx::FromRow;

use crate::{StoreError, error::parse_stored};

/// What is summed up of leads.
#[derive(Debug, Default, FromRow)]
pub(super) struct Sums {
    pub(super) leads: i64,
    pub(super) price_minor: i64,
    pub(super) price_parts: i64,
    pub(super) sale_minor: i64,
    pub(super) opened: i64,
    pub(super) opened_seconds: i64,
}

/// A row of leads that are alike. Its statement is `SELECT` what else it is about, [`COUNTS`] or [`LEADS`], and groups by [`ALIKE`] at last.
#[derive(Debug, FromRow)]
pub(crate) struct PartRow {
    status: String,
    outcome: String,
    return_state: String,
    currency: String,
    sale_currency: String,
    #[sqlx(flatten)]
    sums: Sums,
}

/// The columns of a [`PartRow`] of a table of counts, which is to follow.
pub(crate) const COUNTS: &str =
    ", status, outcome, return_state, currency, sale_currency, CAST(SUM(leads) AS BIGINT) AS leads,
    CAST(SUM(price_minor) AS BIGINT) AS price_minor, CAST(SUM(price_parts) AS BIGINT) AS price_parts,
    CAST(SUM(sale_minor) AS BIGINT) AS sale_minor, CAST(SUM(opened) AS BIGINT) AS opened,
    CAST(SUM(opened_seconds) AS BIGINT) AS opened_seconds FROM ";
/// The same of the leads themselves.
pub(super) const LEADS: &str = ", status, outcome, return_state, COALESCE(price_currency, '') AS currency,
    COALESCE(sale_currency, '') AS sale_currency, COUNT(*) AS leads, CAST(COALESCE(SUM(price_minor), 0) AS BIGINT) AS price_minor,
    CAST(SUM(price_parts) AS BIGINT) AS price_parts, CAST(COALESCE(SUM(sale_minor), 0) AS BIGINT) AS sale_minor,
    COUNT(opened_after) AS opened, CAST(COALESCE(SUM(opened_after), 0) AS BIGINT) AS opened_seconds FROM leads";
/// What leads that are alike have in common.
pub(crate) const ALIKE: &str = ", status, outcome, return_state, currency, sale_currency";

impl PartRow {
    /// What it adds up to.
    pub(crate) fn tally(self) -> Result<Tally, StoreError> {
        let currency = |code: &str| (!code.is_empty()).then(|| parse_stored::<Currency>(code)).transpose();
        let (spent_in, sold_in) = (currency(&self.currency)?, currency(&self.sale_currency)?);
        let Sums { leads, price_minor, price_parts, sale_minor, opened, opened_seconds } = self.sums;
        Ok(Tally::from(&Part {
            status: parse_stored(&self.status)?,
            outcome: self.outcome,
            returned: return_state(&self.return_state)?,
            leads,
            spend: spent_in.map(|currency| (price_minor, price_parts, currency)),
            sales: sold_in.map(|currency| Money { minor: sale_minor, currency }),
            opened: (opened, opened_seconds),
        }))
    }
}

/// Where a lead's return stands, from its column.
pub(crate) fn return_state(text: &str) -> Result<Option<ReturnState>, StoreError> {
    (!text.is_empty()).then(|| parse_stored(text)).transpose()
}
