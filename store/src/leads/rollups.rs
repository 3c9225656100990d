//! Sums of the counts over partners, days and campaigns, for reports about a whole account.
//!
//! The counts beside the leads are a partner's own, so that partners whose leads change at the same time do not wait for each other. A
//! report about all partners over years would read hundreds of thousands of them. So they are summed up, beside the requests: whoever
//! changes counts, or values that leads are told apart by, notes the partner's day as pending in the same transaction, and
//! [`fold_unscoped`] sums such days up anew. A report reads the sums, and for what is pending the counts themselves, or the leads where
//! the counts do not tell ([`super::breakdowns`]): it is exact at any time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    ids::{AccountId, PartnerId},
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    breakdowns,
    months::month_of,
    parts::{ALIKE, COUNTS},
    whose::of_all_partners,
};
use crate::{
    Db, Reader, StoreError, Tx, accounts,
    error::parse_stored,
    sql::{Sql, sql},
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
#[derive(FromRow)]
struct Pending {
    day: NaiveDate,
    partner_id: Uuid,
    changes: i64,
}

/// How many days are summed up at once at the most: each reads the counts of all partners.
const DAYS: usize = 10;
/// After so many leads it is enough for once. A day of a partner that has more rests first, a second for each [`RESTED`].
const LEADS: i64 = 20_000;
const RESTED: i64 = 10_000;

/// Where summing up goes on: behind this day of this partner.
#[derive(Debug, Clone, Copy)]
pub struct Folded(NaiveDate, Uuid);

/// What became of a step of summing up: where to go on, if there are more, and whether this one failed.
pub type Step = (Option<Folded>, Result<(), StoreError>);

/// What is to be summed up at once.
#[derive(Debug, Clone, Copy)]
pub struct Fold {
    /// How many days of partners at the most: on SQLite, others who write wait that long.
    pub most: u32,
    /// Behind what was summed up before; from the latest day on, where nothing was.
    pub behind: Option<Folded>,
    /// Whether days of many leads rest first: while they are still coming in, each try would look at all of them for nothing.
    pub rest: bool,
}

/// Sums pending days of partners up anew, the latest ones first. While an account's clock is another one than its days are noted by, nothing
/// of it is summed up: see [`super::recount_unscoped`].
///
/// Leads are looked at before the transaction that writes, so that on SQLite nobody waits for that. What somebody is just changing, or has
/// changed since, is left for the next time: nobody waits for the sums, and they wait for nobody.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
///
/// # Errors
/// When not even the notes can be read.
pub async fn fold_unscoped(db: &Db, account: AccountId, fold: Fold) -> Result<Step, StoreError> {
    let mut read = db.begin_read().await?;
    read.lift_time_limits().await?;
    let zones = sql("SELECT time_zone, counted_zone FROM accounts WHERE id = $1").bind(account);
    let (zone, counted_zone) = zones.one::<(String, String)>(read.conn()).await?;
    if zone != counted_zone {
        return Ok((None, Ok(())));
    }
    let (noted, next) = noted(&mut read, account, fold).await?;
    let done = if noted.is_empty() { Ok(()) } else { fold_days(db, read, account, parse_stored(&zone)?, &noted).await };
    Ok((next, done))
}

/// Sums these days up, as far as they are still those that were noted.
async fn fold_days(
    db: &Db,
    mut read: Reader,
    account: AccountId,
    zone: Zone,
    noted: &BTreeMap<(NaiveDate, Uuid), i64>,
) -> Result<(), StoreError> {
    let counted = breakdowns::count_unscoped(&mut read, (account, zone), noted.keys().copied()).await?;
    drop(read);
    let mut tx = db.begin_write().await?;
    // One process at a time writes an account's sums.
    accounts::lock_unscoped(&mut tx, account).await?;
    let days = unchanged(&mut tx, account, noted).await?;
    if days.is_empty() {
        return Ok(());
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
    tx.commit().await
}

/// Pending days of partners, each with the number of its note, and where to go on.
async fn noted(
    read: &mut Reader,
    account: AccountId,
    Fold { most, behind, rest }: Fold,
) -> Result<(BTreeMap<(NaiveDate, Uuid), i64>, Option<Folded>), StoreError> {
    let mut found =
        sql("SELECT day, partner_id, changes, noted_at, first_noted_at, (SELECT CAST(SUM(c.leads) AS BIGINT) FROM lead_day_counts c
            WHERE c.partner_id = p.partner_id AND c.day = p.day) AS leads
        FROM lead_rollup_pending p WHERE account_id = ")
        .arg(account);
    if let Some(Folded(day, partner)) = behind {
        found = found.push(" AND (day < ").arg(day).push(" OR (day = ").arg(day).push(" AND partner_id < ");
        found = found.arg(partner).push("))");
    }
    let found = found.push(" ORDER BY day DESC, partner_id DESC LIMIT ").arg(i64::from(most));
    let found = found.all::<Noted>(read.conn()).await?;
    let now = read.now().timestamp();
    let mut next = found.last().filter(|_| found.len() >= most as usize).map(|last| last.pending.place());
    let (mut noted, mut days, mut leads, mut before) = (BTreeMap::new(), BTreeSet::new(), 0, behind);
    for Noted { pending, leads: own, noted_at, first_noted_at } in found {
        let (day, own) = (pending.day, own.unwrap_or(0));
        if leads >= LEADS || days.len() == DAYS && !days.contains(&day) {
            next = before;
            break;
        }
        before = Some(pending.place());
        let rested = own / RESTED;
        // One that is never left alone has its turn all the same.
        if rest && own > LEADS && now - noted_at < rested && now - first_noted_at < 10 * rested {
            continue;
        }
        days.insert(day);
        leads += own;
        noted.insert((day, pending.partner_id), pending.changes);
    }
    Ok((noted, next))
}

impl Pending {
    const fn place(&self) -> Folded {
        Folded(self.day, self.partner_id)
    }
}

#[derive(FromRow)]
struct Noted {
    #[sqlx(flatten)]
    pending: Pending,
    leads: Option<i64>,
    noted_at: i64,
    first_noted_at: i64,
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
        // No other note is locked.
        .push(" AND changes IN ")
        .list(noted.values().copied().collect::<BTreeSet<_>>())
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
    let counts = sql(INTO).push("'campaign', campaign, day, ").arg(month).push(", ").arg(Uuid::nil()).push(COUNTS);
    of_all_partners(counts.push("lead_day_counts WHERE account_id = ").arg(account), account)
        .push(" AND leads > 0 AND day = ")
        .arg(day)
        .push(" GROUP BY account_id, campaign, day")
        .push(ALIKE)
        .execute(tx.conn())
        .await?;
    sql(INTO)
        .push("'day', '', day, month_on, partner_id")
        .push(COUNTS)
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
        .push(COUNTS)
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
        .push(COUNTS)
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
        .push(COUNTS)
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
    for table in [
        "DELETE FROM lead_rollups WHERE account_id = ",
        "DELETE FROM lead_breakdowns WHERE account_id = ",
        "DELETE FROM lead_rollup_pending WHERE account_id = ",
    ] {
        sql(table).arg(account).execute(tx.conn()).await?;
    }
    note_all(tx, account).await
}

/// Notes all days on which an account has leads.
async fn note_all(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    let days = sql("SELECT DISTINCT day, partner_id FROM lead_day_counts WHERE account_id = ").arg(account);
    let days = of_all_partners(days, account).all::<(NaiveDate, Uuid)>(tx.conn()).await?;
    tx.lead_days.extend(days.into_iter().map(|(day, partner)| (account, day, PartnerId(partner))));
    Ok(())
}
