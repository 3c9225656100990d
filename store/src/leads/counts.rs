//! How many leads: kept beside them, so that a page costs the same with a thousand leads and with ten million.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    access::Permission,
    ids::{AccountId, PartnerId},
    leads::{CampaignCount, DayRange, LeadFilter, LeadStatus, NewLead},
};
use sqlx::FromRow;

use super::{
    parts::Sums,
    rollups,
    whose::{of_account, of_partner},
};
use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    sql::{Sql, sql},
};

/// A lead as far as it counts.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Counted {
    pub(super) delivered_on: NaiveDate,
    pub(super) campaign: String,
    pub(super) status: String,
    pub(super) outcome: String,
    pub(super) return_state: String,
    pub(super) price_minor: Option<i64>,
    pub(super) price_parts: i64,
    pub(super) price_currency: Option<String>,
    pub(super) sale_minor: Option<i64>,
    pub(super) sale_currency: Option<String>,
    pub(super) opened_after: Option<i64>,
}

/// The columns of a [`Counted`].
pub(super) const COUNTED: &str = "delivered_on, campaign, status, outcome, return_state, price_minor, price_parts, \
                                  price_currency, sale_minor, sale_currency, opened_after";

impl Counted {
    /// One that was just delivered.
    pub(super) fn new(day: NaiveDate, lead: &NewLead, status: LeadStatus) -> Self {
        Self {
            delivered_on: day,
            campaign: lead.campaign.clone(),
            status: status.as_str().to_owned(),
            outcome: String::new(),
            return_state: String::new(),
            price_minor: lead.price.map(|price| price.minor()),
            price_parts: lead.price.map_or(0, |price| price.parts()),
            price_currency: lead.price.map(|price| price.currency.code().to_owned()),
            sale_minor: None,
            sale_currency: None,
            opened_after: None,
        }
    }
}

/// Leads that are counted together: those of one day that are alike.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    day: NaiveDate,
    campaign: String,
    status: String,
    outcome: String,
    return_state: String,
    currency: String,
    sale_currency: String,
}

/// Changes to the counts, gathered while leads change and applied at the end of the transaction. Ordered, so that
/// two transactions take the rows' locks in the same order.
#[derive(Debug, Default)]
pub(super) struct Deltas(BTreeMap<Alike, Sums>);

impl Deltas {
    /// One more of these.
    pub(super) fn add(&mut self, lead: Counted) {
        self.count(lead, 1);
    }

    /// One fewer.
    pub(super) fn remove(&mut self, lead: Counted) {
        self.count(lead, -1);
    }

    fn count(&mut self, lead: Counted, sign: i64) {
        let alike = Alike {
            day: lead.delivered_on,
            campaign: lead.campaign,
            status: lead.status,
            outcome: lead.outcome,
            return_state: lead.return_state,
            currency: lead.price_currency.unwrap_or_default(),
            sale_currency: lead.sale_currency.unwrap_or_default(),
        };
        let sums = self.0.entry(alike).or_default();
        sums.leads = sums.leads.saturating_add(sign);
        sums.price_minor = sums.price_minor.saturating_add(sign * lead.price_minor.unwrap_or_default());
        sums.price_parts = sums.price_parts.saturating_add(sign * lead.price_parts);
        sums.sale_minor = sums.sale_minor.saturating_add(sign * lead.sale_minor.unwrap_or_default());
        sums.opened = sums.opened.saturating_add(sign * i64::from(lead.opened_after.is_some()));
        sums.opened_seconds = sums.opened_seconds.saturating_add(sign * lead.opened_after.unwrap_or_default());
    }

    /// Writes them.
    pub(super) async fn apply(self, tx: &mut Tx, account: AccountId, partner: PartnerId) -> Result<(), StoreError> {
        tx.lead_days.extend(self.0.keys().map(|alike| (account, alike.day, partner)));
        let mut totals: BTreeMap<[&str; 4], i64> = BTreeMap::new();
        for (alike, sums) in &self.0 {
            let of = [&*alike.campaign, &alike.status, &alike.outcome, &alike.return_state];
            *totals.entry(of).or_default() += sums.leads;
        }
        let days = self.0.iter().map(|(alike, sums)| {
            [
                ("partner_id", partner.into()),
                ("day", alike.day.into()),
                ("campaign", alike.campaign.as_str().into()),
                ("status", alike.status.as_str().into()),
                ("outcome", alike.outcome.as_str().into()),
                ("return_state", alike.return_state.as_str().into()),
                ("currency", alike.currency.as_str().into()),
                ("sale_currency", alike.sale_currency.as_str().into()),
                ("account_id", account.into()),
                ("leads", sums.leads.into()),
                ("price_minor", sums.price_minor.into()),
                ("price_parts", sums.price_parts.into()),
                ("sale_minor", sums.sale_minor.into()),
                ("opened", sums.opened.into()),
                ("opened_seconds", sums.opened_seconds.into()),
            ]
        });
        let add = " ON CONFLICT (partner_id, day, campaign, status, outcome, return_state, currency, sale_currency)
            DO UPDATE SET leads = lead_day_counts.leads + excluded.leads,
                price_minor = lead_day_counts.price_minor + excluded.price_minor,
                price_parts = lead_day_counts.price_parts + excluded.price_parts,
                sale_minor = lead_day_counts.sale_minor + excluded.sale_minor,
                opened = lead_day_counts.opened + excluded.opened,
                opened_seconds = lead_day_counts.opened_seconds + excluded.opened_seconds";
        tx.insert_all("lead_day_counts", days.collect(), add).await?;
        let totals = totals.into_iter().map(|([campaign, status, outcome, return_state], leads)| {
            [
                ("partner_id", partner.into()),
                ("campaign", campaign.into()),
                ("status", status.into()),
                ("outcome", outcome.into()),
                ("return_state", return_state.into()),
                ("account_id", account.into()),
                ("leads", leads.into()),
            ]
        });
        let add = " ON CONFLICT (partner_id, campaign, status, outcome, return_state)
            DO UPDATE SET leads = lead_totals.leads + excluded.leads";
        tx.insert_all("lead_totals", totals.collect(), add).await
    }
}

/// The counts that are kept of what a filter asks, a search text aside.
pub(super) fn of_filter(mut counts: Sql, days: DayRange, filter: &LeadFilter) -> Sql {
    if let Some(from) = days.from {
        counts = counts.push(" AND day >= ").arg(from);
    }
    if let Some(to) = days.to {
        counts = counts.push(" AND day <= ").arg(to);
    }
    if let Some(campaign) = &filter.campaign {
        counts = counts.push(" AND campaign = ").arg(campaign.as_str());
    }
    if let Some(status) = filter.status {
        counts = counts.push(" AND status = ").arg(status.as_str());
    }
    if let Some(outcome) = &filter.outcome {
        counts = counts.push(" AND outcome = ").arg(outcome.as_str());
    }
    if let Some(state) = filter.returned {
        counts = counts.push(" AND return_state = ").arg(state.as_str());
    }
    counts
}

/// The table that counts leads of these days.
pub(super) fn table(days: DayRange) -> &'static str {
    if days == DayRange::default() { "lead_totals" } else { "lead_day_counts" }
}

/// How many leads match everything but a search text.
pub(crate) async fn counted(
    read: &mut Reader,
    scope: &PartnerScope,
    days: DayRange,
    filter: &LeadFilter,
) -> Result<u64, StoreError> {
    let counts = of_partner(sql("SELECT CAST(SUM(leads) AS BIGINT) FROM ").push(table(days)), scope);
    Ok(u64::try_from(of_filter(counts, days, filter).number(read.conn()).await?).unwrap_or(0))
}

/// How many leads were delivered on each day of a range; days without any are left out.
pub(crate) async fn by_day(
    read: &mut Reader,
    scope: &PartnerScope,
    days: DayRange,
) -> Result<Vec<(NaiveDate, u64)>, StoreError> {
    let mut query = of_partner(sql("SELECT day, CAST(SUM(leads) AS BIGINT) FROM lead_day_counts"), scope);
    if let Some(from) = days.from {
        query = query.push(" AND day >= ").arg(from);
    }
    if let Some(to) = days.to {
        query = query.push(" AND day <= ").arg(to);
    }
    let rows = query.push(" GROUP BY day ORDER BY day").all::<(NaiveDate, i64)>(read.conn()).await?;
    Ok(rows.into_iter().map(|(day, leads)| (day, u64::try_from(leads).unwrap_or(0))).collect())
}

/// How many leads the partner has.
pub async fn total(read: &mut Reader, scope: &PartnerScope) -> Result<u64, StoreError> {
    debug_assert!(scope.session().permissions().has(Permission::ViewLeads));
    counted(read, scope, DayRange::default(), &LeadFilter::default()).await
}

/// The campaigns this partner has leads of, by name.
pub async fn campaigns(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<CampaignCount>, StoreError> {
    debug_assert!(scope.session().permissions().has(Permission::ViewLeads));
    by_campaign(read, of_partner(sql(BY_CAMPAIGN), scope)).await
}

/// The campaigns the account has leads of, by name.
pub async fn campaigns_of_account(read: &mut Reader, scope: &AdminScope) -> Result<Vec<CampaignCount>, StoreError> {
    by_campaign(read, of_account(sql(BY_CAMPAIGN), scope)).await
}

const BY_CAMPAIGN: &str = "SELECT campaign, CAST(SUM(leads) AS BIGINT) FROM lead_totals";

/// A scope's own totals by campaign.
async fn by_campaign(read: &mut Reader, own: Sql) -> Result<Vec<CampaignCount>, StoreError> {
    let rows = own
        .push(" GROUP BY campaign HAVING SUM(leads) > 0 ORDER BY campaign")
        .all::<(String, i64)>(read.conn())
        .await?;
    let count = |(campaign, leads)| CampaignCount { campaign, leads: u64::try_from(leads).unwrap_or(0) };
    Ok(rows.into_iter().map(count).collect())
}

/// Counts a whole account anew from its leads. For operators, should the counts ever be in doubt.
pub async fn rebuild(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    for statement in [
        sql("DELETE FROM lead_day_counts WHERE account_id = $1"),
        sql("DELETE FROM lead_totals WHERE account_id = $1"),
        sql("INSERT INTO lead_day_counts (partner_id, day, campaign, status, outcome, return_state, currency, sale_currency,
                account_id, leads, price_minor, price_parts, sale_minor, opened, opened_seconds)
            SELECT partner_id, delivered_on, campaign, status, outcome, return_state, COALESCE(price_currency, ''),
                COALESCE(sale_currency, ''), account_id, COUNT(*), COALESCE(SUM(price_minor), 0), SUM(price_parts),
                COALESCE(SUM(sale_minor), 0), COUNT(opened_after), COALESCE(SUM(opened_after), 0)
            FROM leads WHERE account_id = $1 GROUP BY partner_id, delivered_on, campaign, status, outcome, return_state,
                price_currency, sale_currency, account_id"),
        sql("INSERT INTO lead_totals (partner_id, campaign, status, outcome, return_state, account_id, leads)
            SELECT partner_id, campaign, status, outcome, return_state, account_id, SUM(leads)
            FROM lead_day_counts WHERE account_id = $1
            GROUP BY partner_id, campaign, status, outcome, return_state, account_id"),
    ] {
        statement.bind(account).execute(tx.conn()).await?;
    }
    rollups::forget_all(tx, account).await
}
