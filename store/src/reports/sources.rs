//! Where the figures about all partners of an account are read: in the sums that are kept of them, and for what has changed since, in the
//! counts themselves. Days that are neither whole months nor pending have sums of their own.

use chrono::{Datelike, NaiveDate};
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

/// The months that lie within these days as a whole: the first day of the first and the last day of the last.
fn whole_months((from, to): Span) -> Option<Span> {
    let first = if from.day() == 1 { from } else { first_of_next(from)? };
    let next = to.succ_opt()?;
    let last = next.with_day(1)?.pred_opt()?;
    (first <= last).then_some((first, last))
}

fn first_of_next(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(chrono::Months::new(1))
}

/// What a report about all partners is put together from. Each is the same `select` up to its table, of other leads.
pub(super) fn of_account(scope: &AdminScope, select: &Sql, rows: Rows, span: Span, campaign: Option<&str>) -> Vec<Sql> {
    let account = scope.account_id();
    let months = whole_months(span);
    let sums = |grain: Grain, span| {
        let own =
            leads::of_account(select.clone().push("lead_rollups"), scope).push(" AND grain = ").arg(grain.as_str());
        of_campaign(between(own, span), campaign)
    };
    let counts = |span| {
        let own = leads::of_account(select.clone().push("lead_day_counts"), scope);
        of_campaign(between(leads::of_all_partners(own, account), span), campaign)
    };
    let days = |grain| sums(grain, span).push(" AND day NOT IN ").push(PENDING_DAYS).arg(account).push(")");
    let pending_days = || counts(span).push(" AND day IN ").push(PENDING_DAYS).arg(account).push(")");
    match (rows, months) {
        (Rows::Days, _) => {
            let grain = if campaign.is_some() { Grain::Campaign } else { Grain::Day };
            vec![days(grain), pending_days()]
        }
        (Rows::Campaigns, None) => vec![days(Grain::Campaign), pending_days()],
        (Rows::Campaigns, Some((first, last))) => {
            let whole = sums(Grain::CampaignMonth, (first, last));
            let others = days(Grain::Campaign).push(" AND (day < ").arg(first).push(" OR day > ").arg(last);
            vec![
                whole.push(" AND month_on NOT IN ").push(PENDING_MONTHS).arg(account).push(")"),
                others.push(" OR month_on IN ").push(PENDING_MONTHS).arg(account).push("))"),
                pending_days(),
            ]
        }
        (Rows::Partners, None) => vec![counts(span)],
        (Rows::Partners, Some((first, last))) => {
            let grain = if campaign.is_some() { Grain::PartnerCampaign } else { Grain::Partner };
            let whole = sums(grain, (first, last)).push(
                " AND NOT EXISTS (SELECT 1 FROM lead_rollup_pending p WHERE p.account_id = lead_rollups.account_id
                    AND p.partner_id = lead_rollups.partner_id AND p.month_on = lead_rollups.month_on)",
            );
            let pending = select
                .clone()
                .push("(SELECT DISTINCT partner_id AS pending_partner, month_on, next_month_on FROM lead_rollup_pending WHERE account_id = ")
                .arg(account)
                .push(") pending JOIN lead_day_counts ON partner_id = pending_partner AND day >= month_on AND day < next_month_on");
            let pending = between(leads::of_account(pending, scope), (first, last));
            let mut sources = vec![whole, of_campaign(pending, campaign)];
            let before = first.pred_opt().map(|day| (span.0, day));
            let after = last.succ_opt().map(|day| (day, span.1));
            sources.extend([before, after].into_iter().flatten().filter(|(from, to)| from <= to).map(counts));
            sources
        }
    }
}

/// The days that are pending, up to the account.
const PENDING_DAYS: &str = "(SELECT day FROM lead_rollup_pending WHERE account_id = ";
/// The months that have such days.
const PENDING_MONTHS: &str = "(SELECT month_on FROM lead_rollup_pending WHERE account_id = ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_whole_from_their_first_to_their_last_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (from, to, first, last) in [
            ("2026-01-01", "2026-03-31", "2026-01-01", "2026-03-31"),
            ("2025-12-02", "2026-03-30", "2026-01-01", "2026-02-28"),
            ("2024-02-01", "2024-02-29", "2024-02-01", "2024-02-29"),
            ("2025-11-30", "2026-01-01", "2025-12-01", "2025-12-31"),
        ] {
            assert_eq!(whole_months((day(from), day(to))), Some((day(first), day(last))), "{from} to {to}");
        }
        for (from, to) in [("2026-01-02", "2026-01-31"), ("2026-01-01", "2026-01-30"), ("2026-01-15", "2026-02-14")] {
            assert_eq!(whole_months((day(from), day(to))), None, "{from} to {to}");
        }
    }
}
