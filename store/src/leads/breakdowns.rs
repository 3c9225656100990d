//! Sums of leads by what the counts do not tell: the hour of the day at which they came, and the values of extra fields.
//!
//! A partner's day is summed up anew from its leads once it has changed (see [`super::rollups`]), and by what its sums differ from the
//! former ones those of its month and of all partners change as well. So each sum is that of the days as they were last summed up, and a
//! report has only to put the leads themselves in the place of those days that have changed since.
//!
//! Leads without a value are in no sum: a report knows how many there are in all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Timelike};
use domain::{ids::AccountId, reports::Tally, zone::Zone};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    field_values::OTHER_VALUE,
    fields::filterable_unscoped,
    months::month_of,
    parts::{ALIKE, LEADS, PartRow},
};
use crate::{
    Reader, StoreError, Tx,
    sql::{Sql, sql},
};

/// What leads are told apart by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    /// The hour of the day, by the account's clock.
    Hour,
    /// The value of an extra field, by what its values are stored.
    Field(String),
}

impl Dimension {
    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Hour => "hour",
            Self::Field(stored) => stored,
        }
    }
}

/// What the rows of `lead_breakdowns` sum up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grain {
    /// A day of a campaign.
    Day,
    /// A month of a campaign.
    Month,
    /// A day of all campaigns together; for all partners alone.
    DayOfAll,
    /// A month of all campaigns together; for all partners alone.
    MonthOfAll,
}

impl Grain {
    /// As it is stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::DayOfAll => "day_of_all",
            Self::MonthOfAll => "month_of_all",
        }
    }
}

/// By hour or value, what leads add up to.
pub(crate) type Sums = BTreeMap<String, Tally>;

/// Adds sums to others so many times.
pub(crate) fn add(sums: &mut Sums, more: &Sums, times: i64) {
    for (key, tally) in more {
        let sum = sums.entry(key.clone()).or_default();
        sum.add(tally, times);
        if sum.is_empty() {
            sums.remove(key);
        }
    }
}

/// Sums as they are stored.
pub(crate) fn read(written: &str) -> Result<Sums, StoreError> {
    serde_json::from_str(written).map_err(|_| StoreError::Corrupt("sums of leads".to_owned()))
}

/// Days of partners that lie so near to each other that their leads are found by one walk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    days: Vec<NaiveDate>,
    partners: Vec<Uuid>,
}

/// How far a day of one time zone is from the same day of another, at the most.
const WIDER: Days = Days::new(2);
/// The last day that can be stored, but for what a zone makes of it.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 30).unwrap();

impl Run {
    /// Puts partners' days together.
    pub(crate) fn all(days: impl IntoIterator<Item = (NaiveDate, Uuid)>) -> Vec<Self> {
        let mut of = BTreeMap::<Uuid, BTreeSet<NaiveDate>>::new();
        for (day, partner) in days {
            of.entry(partner).or_default().insert(day);
        }
        let mut runs = BTreeMap::<Vec<NaiveDate>, Vec<Uuid>>::new();
        for (partner, days) in of {
            let days: Vec<_> = days.into_iter().collect();
            // What lies between two days is walked through, within what a walk looks at beside each of them.
            for days in days.chunk_by(|one, next| (*next - *one).num_days() <= 5) {
                runs.entry(days.to_vec()).or_default().push(partner);
            }
        }
        runs.into_iter().map(|(days, partners)| Self { days, partners }).collect()
    }
}

/// Leads of a partner's day and campaign that are alike.
#[derive(FromRow)]
struct LeadRow {
    partner_id: Uuid,
    day: NaiveDate,
    campaign: String,
    value: Option<String>,
    #[sqlx(flatten)]
    part: PartRow,
}

/// By partner, day and campaign, the sums of the leads themselves: those of a run, of the rows that `own` makes of the table.
pub(crate) async fn of_leads(
    read: &mut Reader,
    own: impl Fn(Sql) -> Sql,
    Run { days, partners }: &Run,
    dimension: &Dimension,
    zone: Zone,
) -> Result<BTreeMap<(Uuid, NaiveDate, String), Sums>, StoreError> {
    let (Some(from), Some(to)) = (days.first(), days.last()) else { return Ok(BTreeMap::new()) };
    let select = sql("SELECT partner_id, delivered_on AS day, campaign, ");
    let select = match dimension {
        Dimension::Hour => {
            select.push("CAST(").push(read.dialect().quarter_hours()).push(" AS TEXT)")
        }
        Dimension::Field(field) => select
            .push("(SELECT CASE WHEN EXISTS (SELECT 1 FROM lead_field_values k WHERE k.partner_id = v.partner_id AND k.field = v.field AND k.value = v.value) THEN v.value ELSE ")
            .arg(OTHER_VALUE)
            .push(" END FROM lead_values v WHERE v.lead_key = leads.lead_key AND v.field = ")
            .arg(field.as_str())
            .push(")"),
    };
    // The days under which leads are counted, whatever the clock is by now; the times are for the index.
    let (first, last) = (from.checked_sub_days(WIDER).unwrap_or(*from), to.checked_add_days(WIDER).unwrap_or(*to));
    let rows = own(select.push(" AS value").push(LEADS))
        .push(" AND partner_id IN ")
        .list(partners.iter().copied())
        .push(" AND delivered_on IN ")
        .list(days.iter().copied())
        .push(" AND delivered_at >= ")
        .arg(zone.day_start(first))
        .push(" AND delivered_at < ")
        .arg(zone.day_end(last.min(LAST_DAY)))
        .push(" GROUP BY partner_id, delivered_on, campaign, value")
        .push(ALIKE)
        .all::<LeadRow>(read.conn())
        .await?;
    let mut found = BTreeMap::<_, Sums>::new();
    for LeadRow { partner_id, day, campaign, value, part } in rows {
        let Some(value) = value else { continue };
        let value = if *dimension == Dimension::Hour { hour(&value, zone).to_string() } else { value };
        let sums = found.entry((partner_id, day, campaign)).or_default();
        sums.entry(value).or_default().add(&part.tally()?, 1);
    }
    Ok(found)
}

/// The hour of the day in which a quarter of an hour since 1970 lies.
fn hour(quarter: &str, zone: Zone) -> u32 {
    let begun = quarter.parse().ok().and_then(|quarter: i64| DateTime::from_timestamp(quarter * 900, 0));
    zone.local(begun.unwrap_or_default()).clock().hour()
}

/// Which row sums are in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    grain: Grain,
    partner: Uuid,
    day: NaiveDate,
    dimension: String,
    campaign: String,
}

/// What days of partners add up to.
#[derive(Debug, Default)]
pub(super) struct Counted(BTreeMap<Place, Sums>);

/// Sums up days of partners from their leads, hours by this clock.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
pub(super) async fn count_unscoped(
    read: &mut Reader,
    (account, zone): (AccountId, Zone),
    days: impl IntoIterator<Item = (NaiveDate, Uuid)>,
) -> Result<Counted, StoreError> {
    let fields = filterable_unscoped(read, account).await?.filterable(true).into_iter();
    let fields = fields.filter(|field| field.kind.has_groups()).map(|field| Dimension::Field(field.stored()));
    let dimensions: Vec<_> = std::iter::once(Dimension::Hour).chain(fields).collect();
    let mut counted = Counted::default();
    for run in Run::all(days) {
        for dimension in &dimensions {
            let own = |leads: Sql| leads.push(" WHERE account_id = ").arg(account);
            for ((partner, day, campaign), sums) in of_leads(read, own, &run, dimension, zone).await? {
                let place =
                    Place { grain: Grain::Day, partner, day, dimension: dimension.as_str().to_owned(), campaign };
                counted.0.insert(place, sums);
            }
        }
    }
    Ok(counted)
}

/// Puts what days of partners add up to now in the place of what they did, there and wherever else it is in the sums. Of what was counted,
/// only `days` are taken.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
pub(super) async fn replace_unscoped(
    tx: &mut Tx,
    account: AccountId,
    days: &BTreeSet<(NaiveDate, Uuid)>,
    counted: Counted,
) -> Result<(), StoreError> {
    let mut changes = BTreeMap::<Place, Sums>::new();
    let former = stored(tx, account, Grain::Day, days, None).await?;
    let taken = |place: &Place| days.contains(&(place.day, place.partner));
    let now = counted.0.into_iter().filter(|(place, _)| taken(place)).map(|(place, sums)| (place, sums, 1));
    for (place, sums, times) in now.chain(former.into_iter().map(|(place, sums)| (place, sums, -1))) {
        add(changes.entry(place).or_default(), &sums, times);
    }
    let mut all = BTreeMap::<Place, Sums>::new();
    for (place, sums) in changes {
        let (month, _) = month_of(place.day);
        let (partner, nobody, no_campaign) = (place.partner, Uuid::nil(), String::new());
        let others = [
            (Grain::Month, partner, month, &place.campaign),
            (Grain::Day, nobody, place.day, &place.campaign),
            (Grain::Month, nobody, month, &place.campaign),
            (Grain::DayOfAll, nobody, place.day, &no_campaign),
            (Grain::MonthOfAll, nobody, month, &no_campaign),
        ];
        for (grain, partner, day, campaign) in others {
            let (dimension, campaign) = (place.dimension.clone(), campaign.clone());
            add(all.entry(Place { grain, partner, day, dimension, campaign }).or_default(), &sums, 1);
        }
        all.insert(place, sums);
    }
    // What stays as it is, is not written.
    all.retain(|_, sums| !sums.is_empty());
    apply(tx, account, all).await
}

#[derive(FromRow)]
struct Stored {
    partner_id: Uuid,
    day: NaiveDate,
    dimension: String,
    campaign: String,
    sums: String,
}

/// Of all partners' sums, those of other campaigns are not read along, where there are not too many.
const MOST_CAMPAIGNS: usize = 200;

/// The sums that there are of these days, or months, and partners; where it is said, of these dimensions and campaigns alone.
async fn stored(
    read: &mut Reader,
    account: AccountId,
    grain: Grain,
    days: &BTreeSet<(NaiveDate, Uuid)>,
    only: Option<(&BTreeSet<&str>, &BTreeSet<&str>)>,
) -> Result<BTreeMap<Place, Sums>, StoreError> {
    let (each_day, partners): (BTreeSet<_>, BTreeSet<_>) = days.iter().copied().unzip();
    let mut rows = sql("SELECT partner_id, day, dimension, campaign, sums FROM lead_breakdowns WHERE account_id = ")
        .arg(account)
        .push(" AND grain = ")
        .arg(grain.as_str())
        .push(" AND partner_id IN ")
        .list(partners)
        .push(" AND day IN ")
        .list(each_day);
    if let Some((dimensions, campaigns)) = only {
        rows = rows.push(" AND dimension IN ").list(dimensions.iter().copied());
        if campaigns.len() <= MOST_CAMPAIGNS {
            rows = rows.push(" AND campaign IN ").list(campaigns.iter().copied());
        }
    }
    let mut found = BTreeMap::new();
    for Stored { partner_id: partner, day, dimension, campaign, sums } in rows.all(read.conn()).await? {
        if days.contains(&(day, partner)) {
            found.insert(Place { grain, partner, day, dimension, campaign }, self::read(&sums)?);
        }
    }
    Ok(found)
}

/// Changes sums by these.
async fn apply(tx: &mut Tx, account: AccountId, changes: BTreeMap<Place, Sums>) -> Result<(), StoreError> {
    let mut of = BTreeMap::<Grain, BTreeSet<(NaiveDate, Uuid)>>::new();
    for place in changes.keys() {
        of.entry(place.grain).or_default().insert((place.day, place.partner));
    }
    let dimensions = changes.keys().map(|place| place.dimension.as_str()).collect();
    let campaigns = changes.keys().map(|place| place.campaign.as_str()).collect();
    let mut there = BTreeMap::new();
    for (grain, days) in &of {
        there.append(&mut stored(tx, account, *grain, days, Some((&dimensions, &campaigns))).await?);
    }
    let mut rows = Vec::with_capacity(changes.len());
    for (place, more) in changes {
        let mut sums = there.remove(&place).unwrap_or_default();
        add(&mut sums, &more, 1);
        let written = serde_json::to_string(&sums).map_err(|_| StoreError::Corrupt("sums of leads".to_owned()))?;
        rows.push([
            ("account_id", account.into()),
            ("partner_id", place.partner.into()),
            ("grain", place.grain.as_str().into()),
            ("day", place.day.into()),
            ("dimension", place.dimension.into()),
            ("campaign", place.campaign.into()),
            ("sums", written.into()),
        ]);
    }
    let again =
        " ON CONFLICT (account_id, partner_id, grain, day, dimension, campaign) DO UPDATE SET sums = excluded.sums";
    tx.insert_all("lead_breakdowns", rows, again).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_lie_near_to_each_other_are_walked_through_at_once() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let [one, two, three] = [1, 2, 3].map(Uuid::from_u128);
        let days = ["2026-11-01", "2026-11-02", "2026-11-07", "2026-11-20"].map(day);
        let notes = days.iter().map(|day| (*day, one)).chain([(days[3], two), (days[0], three), (days[3], two)]);
        let run = |days: &[NaiveDate], partners: &[Uuid]| Run { days: days.to_vec(), partners: partners.to_vec() };
        let expected = [run(&days[..1], &[three]), run(&days[..3], &[one]), run(&days[3..], &[one, two])];
        assert_eq!(Run::all(notes), expected);
    }

    #[test]
    fn sums_are_read_as_they_were_written() {
        let read = |text: &str| read(text).map(|sums| serde_json::to_string(&sums).unwrap());
        let written =
            r#"{"":[[4,4,0,0,2,120],{"CHF":[2,9900,7]},{"sold":[2,{"CHF":[2,0]}]}],"17":[[1,0,0,0,0,0],{},{}]}"#;
        assert_eq!(read(written).unwrap(), written);
        assert!(matches!(read(r#"{"17":[1]}"#), Err(StoreError::Corrupt(_))));
    }
}
