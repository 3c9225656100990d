//! The dashboard: the figures a partner came for, on one page.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{audit::Activity, invoices::Due, leads::LeadSummary};

/// How many days the chart shows, today included.
pub const CHART_DAYS: u64 = 30;

/// The days the figures are about; all in the account's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportDays {
    /// Today.
    pub today: NaiveDate,
}

impl ReportDays {
    /// The first day of the chart.
    #[must_use]
    pub fn first(self) -> NaiveDate {
        self.today.checked_sub_days(Days::new(CHART_DAYS - 1)).unwrap_or(self.today)
    }

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
    /// Delivered on each of the chart's days, oldest first.
    pub by_day: Vec<(NaiveDate, u64)>,
    /// The latest ones, newest first.
    pub newest: Vec<LeadSummary>,
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
        let days = ReportDays { today: day("2026-11-22") };
        assert_eq!((days.first(), days.this_month()), (day("2026-10-24"), (day("2026-11-01"), day("2026-11-22"))));
    }
}
