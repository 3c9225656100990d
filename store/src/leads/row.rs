//! The columns of a lead, as whoever reads leads takes them: the list, a lead's page, the export, the API.

use chrono::{DateTime, Utc};
use domain::{
    access::Permission,
    ids::LeadId,
    leads::{LeadMore, LeadOutcome, LeadStatus, LeadSummary},
    money::{Money, Price},
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::parts;
use crate::{
    StoreError,
    access::PartnerScope,
    error::{parse_stored, stored_price},
};

/// The columns of a [`SummaryRow`].
pub(super) const SUMMARY: &str = "id, name, email, phone, campaign, delivered_at, status";
/// The columns of a [`LeadRow`].
pub(super) const LEAD: &str = "id, name, email, phone, campaign, delivered_at, status, external_id, price_minor, \
                               price_parts, price_currency, outcome, sale_minor, sale_currency, return_state, fields";

/// The columns of a [`MoreRow`].
pub(super) const MORE: &str = "id, name, email, phone, campaign, delivered_at, status, external_id, price_minor, \
                               price_parts, price_currency, outcome, sale_minor, sale_currency, return_state";

/// What a list shows of a lead.
#[derive(FromRow)]
pub(super) struct SummaryRow {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) campaign: String,
    pub(super) delivered_at: DateTime<Utc>,
    pub(super) status: String,
}

impl SummaryRow {
    pub(super) fn summary(self, zone: Zone) -> Result<LeadSummary, StoreError> {
        Ok(LeadSummary {
            id: LeadId(self.id),
            name: self.name,
            email: self.email,
            phone: self.phone,
            campaign: self.campaign,
            received: zone.local(self.delivered_at),
            status: parse_stored::<LeadStatus>(&self.status)?,
            more: None,
        })
    }
}

/// The same with what only some want to see.
#[derive(FromRow)]
pub(super) struct MoreRow {
    #[sqlx(flatten)]
    pub(super) summary: SummaryRow,
    pub(super) external_id: String,
    price_minor: Option<i64>,
    price_parts: i64,
    price_currency: Option<String>,
    outcome: String,
    sale_minor: Option<i64>,
    sale_currency: Option<String>,
    return_state: String,
}

impl MoreRow {
    /// What lists show of it where somebody wants it, with this price.
    fn more(&self, price: Option<Price>) -> Result<LeadMore, StoreError> {
        let returned = parts::return_state(&self.return_state)?;
        Ok(LeadMore { external_id: self.external_id.clone(), price, outcome: self.outcome()?, returned })
    }

    /// The price at delivery.
    pub(super) fn price(&self) -> Result<Option<Price>, StoreError> {
        price(self.price_minor, self.price_parts, self.price_currency.as_deref())
    }

    /// What became of the lead.
    fn outcome(&self) -> Result<Option<LeadOutcome>, StoreError> {
        if self.outcome.is_empty() {
            return Ok(None);
        }
        let value = money(self.sale_minor, self.sale_currency.as_deref())?;
        Ok(Some(LeadOutcome { code: self.outcome.clone(), value }))
    }

    /// The same for the scope's partner, with the price at delivery if it may see that.
    pub(super) fn more_for(&self, scope: &PartnerScope) -> Result<LeadMore, StoreError> {
        let priced = scope.session().permissions().has(Permission::ViewLeadPrice);
        self.more(if priced { self.price()? } else { None })
    }

    /// The same for the account, which may see every price.
    pub(super) fn more_for_account(&self) -> Result<LeadMore, StoreError> {
        self.more(self.price()?)
    }

    pub(super) fn summary(self, scope: &PartnerScope) -> Result<LeadSummary, StoreError> {
        let more = Some(self.more_for(scope)?);
        Ok(LeadSummary { more, ..self.summary.summary(scope.session().zone())? })
    }

    /// The same for the account, which may see every price.
    pub(super) fn summary_for_account(self, zone: Zone) -> Result<LeadSummary, StoreError> {
        let more = Some(self.more_for_account()?);
        Ok(LeadSummary { more, ..self.summary.summary(zone)? })
    }
}

/// A lead with everything that was delivered.
#[derive(FromRow)]
pub(super) struct LeadRow {
    #[sqlx(flatten)]
    pub(super) lead: MoreRow,
    fields: String,
}

impl LeadRow {
    /// The free-form fields in their order.
    pub(super) fn fields(&self) -> Result<Vec<(String, String)>, StoreError> {
        fields(&self.fields)
    }
}

/// A price from its three columns.
pub(super) fn price(minor: Option<i64>, parts: i64, currency: Option<&str>) -> Result<Option<Price>, StoreError> {
    minor.zip(currency).map(|(minor, currency)| stored_price(minor, parts, currency)).transpose()
}

/// An amount from its two columns.
pub(crate) fn money(minor: Option<i64>, currency: Option<&str>) -> Result<Option<Money>, StoreError> {
    let money = |(minor, currency)| Ok(Money { minor, currency: parse_stored(currency)? });
    minor.zip(currency).map(money).transpose()
}

/// Reads the free-form fields of a lead as they are stored.
pub(super) fn fields(stored: &str) -> Result<Vec<(String, String)>, StoreError> {
    serde_json::from_str(stored).map_err(|error| StoreError::Corrupt(error.to_string()))
}
