//! Where figures by hour and by an extra field's values are read: in the sums that are kept of them, and for what has changed since, in the
//! leads themselves.

use chrono::NaiveDate;
use domain::{reports::Span, zone::Zone};
use uuid::Uuid;

use super::sources::{ByMonths, of_campaign};
use crate::{
    Reader, StoreError,
    leads::breakdowns::{self, Dimension, Grain, Run, Sums},
    sql::{Sql, sql},
};

/// How many leads that wait to be summed up are looked at for a report at the most, and of how many days of partners.
const MOST_PENDING: i64 = 50_000;
const MOST_DAYS: i64 = 1_000;

/// Whose leads a report is about.
pub(super) struct Of<'a> {
    /// Its own rows of a table.
    pub(super) own: &'a (dyn Fn(Sql) -> Sql + Send + Sync),
    /// Whether that is all partners.
    pub(super) is_all: bool,
    /// The account's clock.
    pub(super) zone: Zone,
    /// The campaign, if it is one alone.
    pub(super) campaign: Option<&'a str>,
}

impl Of<'_> {
    /// Its sums by something.
    fn sums(&self, dimension: &Dimension, grain: Grain) -> Sql {
        let own = (self.own)(sql("SELECT sums FROM lead_breakdowns")).push(" AND grain = ").arg(grain.as_str());
        of_campaign(own.push(" AND dimension = ").arg(dimension.as_str()), self.campaign)
    }

    /// Those of these days, or months.
    fn between(&self, dimension: &Dimension, grain: Grain, (from, to): Span) -> Sql {
        let grain = match grain {
            Grain::Day if self.is_all && self.campaign.is_none() => Grain::DayOfAll,
            Grain::Month if self.is_all && self.campaign.is_none() => Grain::MonthOfAll,
            grain => grain,
        };
        let own = self.sums(dimension, grain);
        let own = if self.is_all { own.push(" AND partner_id = ").arg(Uuid::nil()) } else { own };
        own.push(" AND day >= ").arg(from).push(" AND day <= ").arg(to)
    }

    /// Rows of its partners' days that are pending.
    fn pending(&self, rows: Sql, (from, to): Span) -> Sql {
        let days = (self.own)(rows.push(" AND (partner_id, day) IN (SELECT partner_id, day FROM lead_rollup_pending"));
        days.push(" AND day >= ").arg(from).push(" AND day <= ").arg(to).push(")")
    }
}

/// What these days add up to; nothing while more leads wait to be summed up than can be looked at. `read` is a transaction, for the sums and
/// what is pending must agree.
pub(super) async fn sums(
    read: &mut Reader,
    of: &Of<'_>,
    dimension: &Dimension,
    span: Span,
) -> Result<Option<Sums>, StoreError> {
    let (from, to) = span;
    let pending = (of.own)(sql("SELECT day, partner_id FROM lead_rollup_pending"));
    let pending =
        pending.push(" AND day >= ").arg(from).push(" AND day <= ").arg(to).push(" LIMIT ").arg(MOST_DAYS + 1);
    let pending = pending.all::<(NaiveDate, Uuid)>(read.conn()).await?;
    if i64::try_from(pending.len()).unwrap_or(i64::MAX) > MOST_DAYS {
        return Ok(None);
    }
    if !pending.is_empty() {
        let leads = of.pending((of.own)(sql("SELECT CAST(SUM(leads) AS BIGINT) FROM lead_day_counts")), span);
        if of_campaign(leads, of.campaign).number(read.conn()).await? > MOST_PENDING {
            return Ok(None);
        }
    }
    let mut sums = Sums::new();
    let ByMonths { whole, too_much, single } = ByMonths::of(span);
    let months = whole.into_iter().map(|span| (of.between(dimension, Grain::Month, span), 1));
    let others = too_much.into_iter().map(|span| (of.between(dimension, Grain::Day, span), -1));
    let days = single.into_iter().map(|span| (of.between(dimension, Grain::Day, span), 1));
    for (rows, times) in months.chain(others).chain(days) {
        add(read, &mut sums, rows, times).await?;
    }
    if pending.is_empty() {
        return Ok(Some(sums));
    }
    // The former sums of what is pending are in all the others.
    let former = of.pending(of.sums(dimension, Grain::Day), span);
    add(read, &mut sums, former, -1).await?;
    let own = |leads: Sql| of_campaign((of.own)(leads), of.campaign);
    for run in Run::all(pending) {
        for of_day in breakdowns::of_leads(read, own, &run, dimension, of.zone).await?.into_values() {
            breakdowns::add(&mut sums, &of_day, 1);
        }
    }
    Ok(Some(sums))
}

/// Adds the sums in these rows so many times.
async fn add(read: &mut Reader, sums: &mut Sums, rows: Sql, times: i64) -> Result<(), StoreError> {
    for (written,) in rows.all::<(String,)>(read.conn()).await? {
        breakdowns::add(sums, &breakdowns::read(&written)?, times);
    }
    Ok(())
}
