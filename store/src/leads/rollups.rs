//! Sums of the counts over partners, days and campaigns, for reports about a whole account.
//!
//! The counts beside the leads are a partner's own, so that partners whose leads change at the same time do not wait for each other. A
//! report about all partners over years would read hundreds of thousands of them. So they are summed up, beside the requests: whoever
//! changes counts, or values that leads are told apart by, notes the partner's day as pending in the same transaction, and
//! [`fold_unscoped`] sums such days up anew. A report reads the sums, and for what is pending the counts themselves, or the leads where
//! the counts do not tell ([`super::breakdowns`]): it is exact at any time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate};
use domain::ids::{AccountId, PartnerId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{breakdowns, whose::of_all_partners};
use crate::{
    Db, Reader, StoreError, Tx,
    access::AdminScope,
    accounts,
    sql::{Column, Sql, sql},
};

/// What the rows of `lead_rollups` sum up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// A day of all partners and campaigns.
    Day,
    /// A day of a campaign.
    Campaign,
    /// A month of a campaign.
    CampaignMonth,
    /// A month of a partner.
    Partner,
    /// A month of a partner and a campaign.
    PartnerCampaign,
}

impl Grain {
    /// As it is stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Campaign => "campaign",
            Self::CampaignMonth => "campaign_month",
            Self::Partner => "partner",
            Self::PartnerCampaign => "partner_campaign",
        }
    }
}

/// The columns of what was summed up.
const INTO: &str =
    "INSERT INTO lead_rollups (account_id, grain, campaign, day, month_on, partner_id, status, outcome, return_state,
        currency, sale_currency, leads, price_minor, price_parts, sale_minor, opened, opened_seconds)
    SELECT account_id, ";
/// The sums, of leads that are alike.
const SUMS: &str = ", status, outcome, return_state, currency, sale_currency, CAST(SUM(leads) AS BIGINT),
    CAST(SUM(price_minor) AS BIGINT), CAST(SUM(price_parts) AS BIGINT), CAST(SUM(sale_minor) AS BIGINT),
    CAST(SUM(opened) AS BIGINT), CAST(SUM(opened_seconds) AS BIGINT) FROM ";
const ALIKE: &str = ", status, outcome, return_state, currency, sale_currency";

/// The first day of a day's month, and that of the next.
fn month_of(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = day.with_day(1).unwrap_or(day);
    (first, first.checked_add_months(Months::new(1)).unwrap_or(first))
}

/// A note that a partner's day has changed, for as long as nobody has summed it up anew.
///
/// Noting it again changes the row on purpose: its lock keeps whoever sums up at that moment from taking away a note whose change it could
/// not see. Each note has a number of its own, also one that is made where another has just been taken away.
pub(super) async fn note_pending(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    days: BTreeSet<NaiveDate>,
) -> Result<(), StoreError> {
    // The random half of it.
    let number = i64::from_be_bytes(*tx.new_id()?.as_bytes().last_chunk().unwrap_or(&[0; 8]));
    let rows: Vec<[Column; 6]> = days
        .into_iter()
        .map(|day| {
            let (month, next) = month_of(day);
            [
                ("account_id", account.into()),
                ("day", day.into()),
                ("partner_id", partner.into()),
                ("month_on", month.into()),
                ("next_month_on", next.into()),
                ("changes", number.into()),
            ]
        })
        .collect();
    let again = " ON CONFLICT (account_id, day, partner_id) DO UPDATE SET changes = excluded.changes";
    tx.insert_all("lead_rollup_pending", rows, again).await
}

/// The accounts that have something to sum up.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
pub async fn pending_unscoped(read: &mut Reader) -> Result<Vec<AccountId>, StoreError> {
    let accounts = sql("SELECT DISTINCT account_id FROM lead_rollup_pending").all::<(Uuid,)>(read.conn()).await?;
    Ok(accounts.into_iter().map(|(id,)| AccountId(id)).collect())
}

#[derive(FromRow)]
struct Pending {
    day: NaiveDate,
    partner_id: Uuid,
    changes: i64,
}

/// How many days are summed up at once at the most: each reads the counts of all partners.
const DAYS: usize = 10;
/// After so many leads it is enough for once.
const LEADS: i64 = 20_000;

/// Sums up to so many pending days of partners up anew. Says whether there are more.
///
/// Leads are looked at before the transaction that writes, so that on SQLite nobody waits for that. What somebody is just changing, or has
/// changed since, is left for the next time: nobody waits for the sums, and they wait for nobody.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
pub async fn fold_unscoped(db: &Db, account: AccountId, most: u32) -> Result<bool, StoreError> {
    let mut read = db.begin_read().await?;
    let (noted, more) = noted(&mut read, account, most).await?;
    if noted.is_empty() {
        return Ok(false);
    }
    let counted = breakdowns::count_unscoped(&mut read, account, noted.keys().copied()).await?;
    drop(read);
    let mut tx = db.begin_write().await?;
    // One process at a time writes an account's sums.
    accounts::lock_unscoped(&mut tx, account).await?;
    let days = unchanged(&mut tx, account, &noted).await?;
    if days.is_empty() {
        return Ok(false);
    }
    let (mut by_day, mut by_month) = (BTreeMap::<_, BTreeSet<Uuid>>::new(), BTreeMap::<_, BTreeSet<Uuid>>::new());
    for (day, partner) in &days {
        by_day.entry(*day).or_default().insert(*partner);
        by_month.entry(month_of(*day)).or_default().insert(*partner);
    }
    for (day, partners) in by_day {
        // First the notes, then what they are about: a change that comes between is noted anew.
        sql("DELETE FROM lead_rollup_pending WHERE account_id = $1 AND day = $2 AND partner_id IN ")
            .bind(account)
            .bind(day)
            .list(partners)
            .execute(tx.conn())
            .await?;
        sum_day(&mut tx, account, day).await?;
    }
    for (month, partners) in by_month {
        sum_month(&mut tx, account, month, &partners).await?;
    }
    breakdowns::replace_unscoped(&mut tx, account, &days, counted).await?;
    tx.commit().await?;
    Ok(more)
}

/// The first pending days of partners, each with the number of its note. Says whether there are more.
async fn noted(
    read: &mut Reader,
    account: AccountId,
    most: u32,
) -> Result<(BTreeMap<(NaiveDate, Uuid), i64>, bool), StoreError> {
    let found = sql("SELECT day, partner_id, changes, (SELECT CAST(SUM(c.leads) AS BIGINT) FROM lead_day_counts c
            WHERE c.partner_id = p.partner_id AND c.day = p.day) AS leads
        FROM lead_rollup_pending p WHERE account_id = ")
    .arg(account)
    .push(" ORDER BY day, partner_id LIMIT ")
    .arg(i64::from(most))
    .all::<Noted>(read.conn())
    .await?;
    let more = found.len() >= most as usize;
    let (mut noted, mut days, mut leads) = (BTreeMap::new(), BTreeSet::new(), 0);
    for Noted { pending: Pending { day, partner_id, changes }, leads: own } in found {
        if leads >= LEADS || days.len() == DAYS && !days.contains(&day) {
            return Ok((noted, true));
        }
        days.insert(day);
        leads += own.unwrap_or(0);
        noted.insert((day, partner_id), changes);
    }
    Ok((noted, more))
}

#[derive(FromRow)]
struct Noted {
    #[sqlx(flatten)]
    pending: Pending,
    leads: Option<i64>,
}

/// Those of the days that nobody has changed since, or is just changing. They stay so until the transaction ends.
async fn unchanged(
    tx: &mut Tx,
    account: AccountId,
    noted: &BTreeMap<(NaiveDate, Uuid), i64>,
) -> Result<BTreeSet<(NaiveDate, Uuid)>, StoreError> {
    let (days, partners): (BTreeSet<_>, BTreeSet<_>) = noted.keys().copied().unzip();
    let found = sql("SELECT day, partner_id, changes FROM lead_rollup_pending WHERE account_id = ")
        .arg(account)
        .push(" AND day IN ")
        .list(days)
        .push(" AND partner_id IN ")
        .list(partners)
        .push(tx.dialect().lock_free_rows())
        .all::<Pending>(tx.conn())
        .await?;
    let same = |row: &Pending| noted.get(&(row.day, row.partner_id)) == Some(&row.changes);
    Ok(found.into_iter().filter(same).map(|row| (row.day, row.partner_id)).collect())
}

/// Forgets the sums of these rows.
fn forget(account: AccountId, grain: Grain, day: NaiveDate) -> Sql {
    sql("DELETE FROM lead_rollups WHERE account_id = ")
        .arg(account)
        .push(" AND grain = ")
        .arg(grain.as_str())
        .push(" AND day = ")
        .arg(day)
}

async fn sum_day(tx: &mut Tx, account: AccountId, day: NaiveDate) -> Result<(), StoreError> {
    for grain in [Grain::Campaign, Grain::Day] {
        forget(account, grain, day).execute(tx.conn()).await?;
    }
    let (month, _) = month_of(day);
    let counts = sql(INTO).push("'campaign', campaign, day, ").arg(month).push(", ").arg(Uuid::nil()).push(SUMS);
    of_all_partners(counts.push("lead_day_counts WHERE account_id = ").arg(account), account)
        .push(" AND leads > 0 AND day = ")
        .arg(day)
        .push(" GROUP BY account_id, campaign, day")
        .push(ALIKE)
        .execute(tx.conn())
        .await?;
    sql(INTO)
        .push("'day', '', day, month_on, partner_id")
        .push(SUMS)
        .push("lead_rollups WHERE grain = 'campaign' AND account_id = ")
        .arg(account)
        .push(" AND day = ")
        .arg(day)
        .push(" GROUP BY account_id, day, month_on, partner_id")
        .push(ALIKE)
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn sum_month(
    tx: &mut Tx,
    account: AccountId,
    (month, next): (NaiveDate, NaiveDate),
    partners: &BTreeSet<Uuid>,
) -> Result<(), StoreError> {
    forget(account, Grain::CampaignMonth, month).execute(tx.conn()).await?;
    sql(INTO)
        .push("'campaign_month', campaign, month_on, month_on, partner_id")
        .push(SUMS)
        .push("lead_rollups WHERE grain = 'campaign' AND account_id = ")
        .arg(account)
        .push(" AND day >= ")
        .arg(month)
        .push(" AND day < ")
        .arg(next)
        .push(" GROUP BY account_id, campaign, month_on, partner_id")
        .push(ALIKE)
        .execute(tx.conn())
        .await?;
    let those = || partners.iter().copied();
    for grain in [Grain::PartnerCampaign, Grain::Partner] {
        forget(account, grain, month).push(" AND partner_id IN ").list(those()).execute(tx.conn()).await?;
    }
    sql(INTO)
        .push("'partner_campaign', campaign, ")
        .arg(month)
        .push(", ")
        .arg(month)
        .push(", partner_id")
        .push(SUMS)
        .push("lead_day_counts WHERE account_id = ")
        .arg(account)
        .push(" AND leads > 0 AND day >= ")
        .arg(month)
        .push(" AND day < ")
        .arg(next)
        .push(" AND partner_id IN ")
        .list(those())
        .push(" GROUP BY account_id, campaign, partner_id")
        .push(ALIKE)
        .execute(tx.conn())
        .await?;
    sql(INTO)
        .push("'partner', '', day, month_on, partner_id")
        .push(SUMS)
        .push("lead_rollups WHERE grain = 'partner_campaign' AND account_id = ")
        .arg(account)
        .push(" AND day = ")
        .arg(month)
        .push(" AND partner_id IN ")
        .list(those())
        .push(" GROUP BY account_id, day, month_on, partner_id")
        .push(ALIKE)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Forgets all sums of an account, for its counts were made anew.
pub(super) async fn forget_all(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    accounts::lock_unscoped(tx, account).await?;
    for table in ["DELETE FROM lead_rollups WHERE account_id = ", "DELETE FROM lead_rollup_pending WHERE account_id = "]
    {
        sql(table).arg(account).execute(tx.conn()).await?;
    }
    breakdowns::forget_all(tx, account).await?;
    note_all(tx, account).await
}

/// Has all days of the account summed up anew, beside the requests: its clock has changed, by which hours are told.
pub async fn recount(tx: &mut Tx, scope: &AdminScope) -> Result<(), StoreError> {
    note_all(tx, scope.account_id()).await
}

/// Notes all days on which an account has leads.
async fn note_all(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    let days = sql("SELECT DISTINCT day, partner_id FROM lead_day_counts WHERE account_id = ").arg(account);
    let mut of = BTreeMap::<Uuid, BTreeSet<NaiveDate>>::new();
    for (day, partner) in of_all_partners(days, account).all::<(NaiveDate, Uuid)>(tx.conn()).await? {
        of.entry(partner).or_default().insert(day);
    }
    for (partner, days) in of {
        note_pending(tx, account, PartnerId(partner), days).await?;
    }
    Ok(())
}
