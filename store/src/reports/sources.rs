//! Where the figures about all partners of an account are read: in the sums that are kept of them, and for what has changed since, in the
//! counts themselves. Days that are neither whole months nor pending have sums of their own.

use chrono::{Datelike, Months, NaiveDate};
use domain::reports::Span;

use crate::{
    access::AdminScope,
    leads::{self, Grain},
    sql::Sql,
};

/// What the rows of a report about all partners are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Days, or all of them together.
    Days,
    /// Campaigns.
    Campaigns,
    /// Partners.
    Partners,
}

/// Of rows, those of these days. What no lead is any more is still there, with sums of nothing.
pub(super) fn between(rows: Sql, (from, to): Span) -> Sql {
    rows.push(" AND leads > 0 AND day >= ").arg(from).push(" AND day <= ").arg(to)
}

/// Of rows, those of this campaign, if it is one alone.
pub(super) fn of_campaign(rows: Sql, campaign: Option<&str>) -> Sql {
    match campaign {
        Some(campaign) => rows.push(" AND campaign = ").arg(campaign),
        None => rows,
    }
}

/// Rows that a report is put together from.
pub(super) struct Source {
    /// Them, to be summed up.
    pub(super) rows: Sql,
    /// Whether they are to be taken away from the others.
    pub(super) is_too_much: bool,
}

impl From<Sql> for Source {
    fn from(rows: Sql) -> Self {
        Self { rows, is_too_much: false }
    }
}

/// The month of a day, from its first to its last.
fn month_of(day: NaiveDate) -> Option<Span> {
    let first = day.with_day(1)?;
    Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
}

fn days((from, to): Span) -> i64 {
    (to - from).num_days() + 1
}

/// How the sums of months become those of days.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ByMonths {
    /// The first and the last of the months that are taken as a whole.
    pub(super) whole: Option<Span>,
    /// Days of these months that are not asked for, each piece within one.
    pub(super) too_much: Vec<Span>,
    /// The days that are asked for beside them.
    pub(super) single: Vec<Span>,
}

impl ByMonths {
    /// Takes each month as a whole of which fewer days are not asked for than are.
    pub(super) fn of(span: Span) -> Self {
        let mut by = Self::default();
        let mut next = Some(span.0);
        while let Some(month) = next.filter(|day| *day <= span.1).and_then(month_of) {
            let asked = (month.0.max(span.0), month.1.min(span.1));
            let before = asked.0.pred_opt().map(|last| (month.0, last));
            let after = asked.1.succ_opt().map(|first| (first, month.1));
            let others: Vec<_> = [before, after].into_iter().flatten().filter(|(from, to)| from <= to).collect();
            if others.iter().copied().map(days).sum::<i64>() < days(asked) {
                by.whole = Some((by.whole.map_or(month.0, |(first, _)| first), month.1));
                by.too_much.extend(others);
            } else {
                by.single.push(asked);
            }
            next = month.1.succ_opt();
        }
        by
    }
}

/// What a report about all partners is put together from. Each is the same `select` up to its table, of other leads.
pub(super) fn of_account(
    scope: &AdminScope,
    select: &Sql,
    rows: Rows,
    span: Span,
    campaign: Option<&str>,
) -> Vec<Source> {
    let account = scope.account_id();
    let sums = |grain: Grain, span| {
        let sums = select.clone().push("lead_rollups");
        let own = leads::of_account(sums, scope).push(" AND grain = ").arg(grain.as_str());
        of_campaign(between(own, span), campaign)
    };
    let all_counts = || {
        let own = leads::of_account(select.clone().push("lead_day_counts"), scope);
        of_campaign(leads::of_all_partners(own, account), campaign)
    };
    let counts = |span| between(all_counts(), span);
    let days = |grain| sums(grain, span).push(" AND day NOT IN ").push(PENDING_DAYS).arg(account).push(")");
    // The span stands inside: beside the days, the engine would read all of it and look at each row's day.
    let pending_days = || {
        let pending = all_counts().push(" AND leads > 0 AND day IN ").push(PENDING_DAYS).arg(account);
        pending.push(" AND day >= ").arg(span.0).push(" AND day <= ").arg(span.1).push(")").into()
    };
    let whole = ByMonths::of(span).whole;
    match (rows, whole) {
        (Rows::Days, _) => {
            let grain = if campaign.is_some() { Grain::Campaign } else { Grain::Day };
            vec![days(grain).into(), pending_days()]
        }
        (Rows::Campaigns, None) => vec![days(Grain::Campaign).into(), pending_days()],
        (Rows::Campaigns, Some(_)) => {
            // A campaign's days are few: what is no whole month is read day by day.
            let first =
                if span.0.day() == 1 { Some(span.0) } else { month_of(span.0).and_then(|(_, last)| last.succ_opt()) };
            let last =
                month_of(span.1).and_then(|(first, last)| if last == span.1 { Some(last) } else { first.pred_opt() });
            let (Some(first), Some(last)) = (first, last.filter(|last| first.is_some_and(|first| first <= *last)))
            else {
                return vec![days(Grain::Campaign).into(), pending_days()];
            };
            let months = sums(Grain::CampaignMonth, (first, last));
            let others = days(Grain::Campaign).push(" AND (day < ").arg(first).push(" OR day > ").arg(last);
            vec![
                months.push(" AND month_on NOT IN ").push(PENDING_MONTHS).arg(account).push(")").into(),
                others.push(" OR month_on IN ").push(PENDING_MONTHS).arg(account).push("))").into(),
                pending_days(),
            ]
        }
        (Rows::Partners, _) => {
            let ByMonths { whole, too_much, single } = ByMonths::of(span);
            let mut sources: Vec<Source> = single.into_iter().map(|span| counts(span).into()).collect();
            let Some(whole) = whole else { return sources };
            let grain = if campaign.is_some() { Grain::PartnerCampaign } else { Grain::Partner };
            // A list that is made once, and is short: looked up row by row it would be asked for twenty thousand times.
            let months = sums(grain, whole).push(
                " AND (partner_id, month_on) NOT IN (SELECT p.partner_id, p.month_on FROM lead_rollup_pending p WHERE p.account_id = ",
            );
            sources.push(months.arg(account).push(")").into());
            // One range of days for each month, or the engine would read the whole span for each: of months that are cut, theirs.
            let mut cut: Vec<Span> = too_much.iter().filter_map(|piece| month_of(piece.0)).collect();
            cut.dedup();
            let pending = |(from, to): Span| {
                let months = select.clone().push(
                    "(SELECT DISTINCT partner_id AS pending_partner, month_on, next_month_on FROM lead_rollup_pending
                    WHERE account_id = ",
                );
                months.arg(account).push(" AND month_on >= ").arg(from).push(" AND month_on <= ").arg(to)
            };
            let joined = |months: Sql| {
                months.push(") pending JOIN lead_day_counts ON partner_id = pending_partner AND leads > 0 AND day >= ")
            };
            let whole_ones = cut.iter().fold(pending(whole), |months, cut| months.push(" AND month_on <> ").arg(cut.0));
            let full = joined(whole_ones).push("month_on AND day < next_month_on");
            sources.push(of_campaign(leads::of_account(full, scope), campaign).into());
            for month in cut {
                let days =
                    joined(pending(month)).arg(month.0.max(span.0)).push(" AND day <= ").arg(month.1.min(span.1));
                sources.push(of_campaign(leads::of_account(days, scope), campaign).into());
            }
            // Of whom a month is pending, the month was not taken as a whole.
            sources.extend(too_much.into_iter().map(|piece| {
                Source {
                    rows: counts(piece)
                        .push(" AND partner_id NOT IN (SELECT p.partner_id FROM lead_rollup_pending p WHERE p.account_id = ")
                        .arg(account)
                        .push(" AND p.month_on = ")
                        .arg(month_of(piece.0).map_or(piece.0, |(first, _)| first))
                        .push(")"),
                    is_too_much: true,
                }
            }));
            sources
        }
    }
}

/// The days that are pending, up to the account.
const PENDING_DAYS: &str = "(SELECT DISTINCT day FROM lead_rollup_pending WHERE account_id = ";
/// The months that have such days.
const PENDING_MONTHS: &str = "(SELECT DISTINCT month_on FROM lead_rollup_pending WHERE account_id = ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_stand_for_days_where_that_is_less_to_read() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let spans = |spans: &[(&str, &str)]| spans.iter().map(|(from, to)| (day(from), day(to))).collect::<Vec<_>>();
        let check = |(from, to), whole: Option<(&str, &str)>, too_much: &[(&str, &str)], single: &[(&str, &str)]| {
            let whole = whole.map(|(from, to)| (day(from), day(to)));
            let expected = ByMonths { whole, too_much: spans(too_much), single: spans(single) };
            assert_eq!(ByMonths::of((day(from), day(to))), expected, "{from} to {to}");
        };
        check(("2026-01-01", "2026-03-31"), Some(("2026-01-01", "2026-03-31")), &[], &[]);
        check(
            ("2024-02-02", "2024-02-28"),
            Some(("2024-02-01", "2024-02-29")),
            &[("2024-02-01", "2024-02-01"), ("2024-02-29", "2024-02-29")],
            &[],
        );
        check(
            ("2025-12-29", "2026-01-27"),
            Some(("2026-01-01", "2026-01-31")),
            &[("2026-01-28", "2026-01-31")],
            &[("2025-12-29", "2025-12-31")],
        );
        check(
            ("2026-01-10", "2026-03-05"),
            Some(("2026-01-01", "2026-02-28")),
            &[("2026-01-01", "2026-01-09")],
            &[("2026-03-01", "2026-03-05")],
        );
        check(("2026-01-03", "2026-01-09"), None, &[], &[("2026-01-03", "2026-01-09")]);
        check(("9999-12-30", "9999-12-31"), None, &[], &[("9999-12-30", "9999-12-31")]);
    }
}
