//! How many leads: kept beside them, so that a page costs the same with a thousand leads and with ten million.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    access::Permission,
    ids::{AccountId, PartnerId},
    leads::{CampaignCount, DayRange, LeadStatus},
};

use super::matching::of_partner;
use crate::{Reader, StoreError, Tx, access::PartnerScope, sql::sql};

/// Changes to the counts, gathered while leads change and applied at the end of the transaction. Ordered, so that
/// two transactions take the rows' locks in the same order.
#[derive(Debug, Default)]
pub(super) struct Deltas(BTreeMap<(NaiveDate, String, LeadStatus), i64>);

impl Deltas {
    /// So many more (or, negative, fewer) leads of this kind.
    pub(super) fn add(&mut self, day: NaiveDate, campaign: &str, status: LeadStatus, leads: i64) {
        *self.0.entry((day, campaign.to_owned(), status)).or_default() += leads;
    }

    /// Writes them.
    pub(super) async fn apply(self, tx: &mut Tx, account: AccountId, partner: PartnerId) -> Result<(), StoreError> {
        let mut totals: BTreeMap<(&str, LeadStatus), i64> = BTreeMap::new();
        for ((_, campaign, status), leads) in &self.0 {
            *totals.entry((campaign, *status)).or_default() += leads;
        }
        let days = self.0.iter().map(|((day, campaign, status), leads)| {
            [
                ("partner_id", partner.into()),
                ("day", (*day).into()),
                ("campaign", campaign.as_str().into()),
                ("status", status.as_str().into()),
                ("account_id", account.into()),
                ("leads", (*leads).into()),
            ]
        });
        let add = " ON CONFLICT (partner_id, day, campaign, status)
            DO UPDATE SET leads = lead_day_counts.leads + excluded.leads";
        tx.insert_all("lead_day_counts", days.collect(), add).await?;
        let totals = totals.into_iter().map(|((campaign, status), leads)| {
            [
                ("partner_id", partner.into()),
                ("campaign", campaign.into()),
                ("status", status.as_str().into()),
                ("account_id", account.into()),
                ("leads", leads.into()),
            ]
        });
        let add =
            " ON CONFLICT (partner_id, campaign, status) DO UPDATE SET leads = lead_totals.leads + excluded.leads";
        tx.insert_all("lead_totals", totals.collect(), add).await
    }
}

/// How many leads match everything but a search text.
pub(crate) async fn counted(
    read: &mut Reader,
    scope: &PartnerScope,
    days: DayRange,
    campaign: Option<&str>,
    status: Option<LeadStatus>,
) -> Result<u64, StoreError> {
    let by_day = days != DayRange::default();
    let table = if by_day { "lead_day_counts" } else { "lead_totals" };
    let mut query = of_partner(sql("SELECT CAST(SUM(leads) AS BIGINT) FROM ").push(table), scope);
    if let Some(from) = days.from {
        query = query.push(" AND day >= ").arg(from);
    }
    if let Some(to) = days.to {
        query = query.push(" AND day <= ").arg(to);
    }
    if let Some(campaign) = campaign {
        query = query.push(" AND campaign = ").arg(campaign);
    }
    if let Some(status) = status {
        query = query.push(" AND status = ").arg(status.as_str());
    }
    Ok(u64::try_from(query.number(read.conn()).await?).unwrap_or(0))
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
    counted(read, scope, DayRange::default(), None, None).await
}

/// The campaigns this partner has leads of, by name.
pub async fn campaigns(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<CampaignCount>, StoreError> {
    debug_assert!(scope.session().permissions().has(Permission::ViewLeads));
    let rows =
        sql("SELECT campaign, CAST(SUM(leads) AS BIGINT) FROM lead_totals WHERE account_id = $1 AND partner_id = $2
        GROUP BY campaign HAVING SUM(leads) > 0 ORDER BY campaign")
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .all::<(String, i64)>(read.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|(campaign, leads)| CampaignCount { campaign, leads: u64::try_from(leads).unwrap_or(0) })
        .collect())
}

/// Counts a whole account anew from its leads. For operators, should the counts ever be in doubt.
pub async fn rebuild(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    for statement in [
        sql("DELETE FROM lead_day_counts WHERE account_id = $1"),
        sql("DELETE FROM lead_totals WHERE account_id = $1"),
        sql("INSERT INTO lead_day_counts (partner_id, day, campaign, status, account_id, leads)
            SELECT partner_id, delivered_on, campaign, status, account_id, COUNT(*) FROM leads WHERE account_id = $1
            GROUP BY partner_id, delivered_on, campaign, status, account_id"),
        sql("INSERT INTO lead_totals (partner_id, campaign, status, account_id, leads)
            SELECT partner_id, campaign, status, account_id, SUM(leads) FROM lead_day_counts WHERE account_id = $1
            GROUP BY partner_id, campaign, status, account_id"),
    ] {
        statement.bind(account).execute(tx.conn()).await?;
    }
    Ok(())
}
