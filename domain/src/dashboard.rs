//! The dashboard: the figures a partner came for, on one page.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{
    audit::Activity,
    invoices::Due,
    leads::{DueLead, LeadSummary, PinnedView},
};

text_enum! {
    /// What the chart shows, today included.
    ChartPeriod {
        /// 30 days.
        Days = "days",
        /// 12 weeks, from Monday to Sunday (ISO 8601).
        Weeks = "weeks",
        /// 12 months.
        Months = "months",
    }
}

impl ChartPeriod {
    /// As the page calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Days => "30 days",
            Self::Weeks => "12 weeks",
            Self::Months => "12 months",
        }
    }

    /// The first and the last day of each bar, oldest first; the last one ends today.
    #[must_use]
    pub fn bars(self, today: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
        let days_ago = |day: NaiveDate, days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
        let begin = |back: u32| match self {
            Self::Days => days_ago(today, u64::from(back)),
            Self::Weeks => {
                let monday = days_ago(today, u64::from(today.weekday().num_days_from_monday()));
                days_ago(monday, 7 * u64::from(back))
            }
            Self::Months => {
                let this = first_of_month(today);
                this.checked_sub_months(Months::new(back)).unwrap_or(this)
            }
        };
        let bars = match self {
            Self::Days => 30,
            Self::Weeks | Self::Months => 12,
        };
        let end = |back: u32| back.checked_sub(1).and_then(|next| begin(next).pred_opt()).unwrap_or(today);
        (0..bars).rev().map(|back| (begin(back), end(back))).collect()
    }
}

/// A bar of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartBar {
    /// The first day it stands for.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// How many leads were delivered on these days.
    pub leads: u64,
}

/// The days the figures are about; all in the account's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportDays {
    /// Today.
    pub today: NaiveDate,
}

impl ReportDays {
    /// This month so far: its first day and today.
    #[must_use]
    pub fn this_month(self) -> (NaiveDate, NaiveDate) {
        (first_of_month(self.today), self.today)
    }

    /// The same days of last month: its first day, and the day of today's number or its last one if it is shorter.
    #[must_use]
    pub fn last_month(self) -> (NaiveDate, NaiveDate) {
        let this = first_of_month(self.today);
        let last_day = this.pred_opt().unwrap_or(this);
        let first = first_of_month(last_day);
        (first, last_day.with_day(self.today.day()).unwrap_or(last_day))
    }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// What there is to say of a partner's leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadFigures {
    /// The days the figures are about.
    pub days: ReportDays,
    /// All leads ever delivered.
    pub total: u64,
    /// Delivered this month so far.
    pub this_month: u64,
    /// Delivered last month, up to the same day.
    pub last_month: u64,
    /// Not opened by anybody yet.
    pub unopened: u64,
    /// What the chart shows.
    pub period: ChartPeriod,
    /// Its bars, oldest first.
    pub bars: Vec<ChartBar>,
    /// The latest ones, newest first.
    pub newest: Vec<LeadSummary>,
    /// Those whose next step is due, the longest due first.
    pub to_do: Vec<DueLead>,
    /// Views of the list that somebody wants to see here.
    pub pinned: Vec<PinnedView>,
}

/// The dashboard, as far as the reader may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// For whoever may see leads.
    pub leads: Option<LeadFigures>,
    /// For whoever may see invoices: what is owed, the account's own currency first.
    pub due: Option<Vec<Due>>,
    /// What happened last.
    pub activity: Vec<Activity>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_compared_up_to_the_same_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let last = |today: &str| ReportDays { today: day(today) }.last_month();
        assert_eq!(last("2026-11-22"), (day("2026-10-01"), day("2026-10-22")));
        assert_eq!(last("2026-03-31"), (day("2026-02-01"), day("2026-02-28")));
        assert_eq!(last("2024-03-30"), (day("2024-02-01"), day("2024-02-29")));
        assert_eq!(last("2026-01-01"), (day("2025-12-01"), day("2025-12-01")));
        assert_eq!(ReportDays { today: day("2026-11-22") }.this_month(), (day("2026-11-01"), day("2026-11-22")));
    }

    #[test]
    fn the_bars_of_a_chart_follow_each_other_up_to_today() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (period, today, first, last) in [
            (ChartPeriod::Days, "2026-11-22", ("2026-10-24", "2026-10-24"), ("2026-11-22", "2026-11-22")),
            (ChartPeriod::Weeks, "2026-11-22", ("2026-08-31", "2026-09-06"), ("2026-11-16", "2026-11-22")),
            (ChartPeriod::Weeks, "2026-11-23", ("2026-09-07", "2026-09-13"), ("2026-11-23", "2026-11-23")),
            (ChartPeriod::Months, "2026-03-31", ("2025-04-01", "2025-04-30"), ("2026-03-01", "2026-03-31")),
            (ChartPeriod::Months, "2024-02-29", ("2023-03-01", "2023-03-31"), ("2024-02-01", "2024-02-29")),
        ] {
            let bars = period.bars(day(today));
            assert_eq!(bars.first(), Some(&(day(first.0), day(first.1))), "{period} on {today}");
            assert_eq!(bars.last(), Some(&(day(last.0), day(last.1))), "{period} on {today}");
            assert!(bars.windows(2).all(|two| two[0].1.succ_opt() == Some(two[1].0)), "{period}: {bars:?}");
        }
    }
}
