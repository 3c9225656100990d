//! Reports that come by mail: every day, week or month, of the days that have just ended.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{PartnerId, ReportMailId, UserId},
    leads::{DayRange, Period},
    reports::{ReportQuery, Span},
};

text_enum! {
    /// How often a report comes.
    Every {
        /// Each morning, of the day before.
        Day = "day",
        /// Each Monday, of the week before (ISO 8601).
        Week = "week",
        /// Each first of a month, of the month before.
        Month = "month",
    }
}

impl Every {
    /// As the page calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "Every day",
            Self::Week => "Every Monday",
            Self::Month => "Every first of the month",
        }
    }

    /// The days that one is about which is sent on this day: the last whole day, week or month before it.
    #[must_use]
    pub fn span(self, today: NaiveDate) -> Span {
        let back = |day: NaiveDate, days| day.checked_sub_days(Days::new(days)).unwrap_or(day);
        match self {
            Self::Day => (back(today, 1), back(today, 1)),
            Self::Week => {
                let monday = back(today, u64::from(today.weekday().num_days_from_monday()));
                (back(monday, 7), back(monday, 1))
            }
            Self::Month => {
                let first = today.with_day(1).unwrap_or(today);
                (first.checked_sub_months(Months::new(1)).unwrap_or(first), back(first, 1))
            }
        }
    }

    /// This day, if one comes on it, else the next one on which one does.
    #[must_use]
    pub fn on_or_after(self, day: NaiveDate) -> NaiveDate {
        day.pred_opt().map_or(day, |before| self.next(before))
    }

    /// The next day after this one on which it comes.
    #[must_use]
    pub fn next(self, today: NaiveDate) -> NaiveDate {
        let on = |day: NaiveDate, days| day.checked_add_days(Days::new(days)).unwrap_or(day);
        match self {
            Self::Day => on(today, 1),
            Self::Week => on(today, 7 - u64::from(today.weekday().num_days_from_monday())),
            Self::Month => {
                let first = today.with_day(1).unwrap_or(today);
                first.checked_add_months(Months::new(1)).unwrap_or(today)
            }
        }
    }
}

/// A report that comes by mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportMail {
    /// Its id.
    pub id: ReportMailId,
    /// Who gets it: the user, its name, and its partner unless it is an admin.
    pub to: (UserId, String, Option<(PartnerId, String)>),
    /// How often.
    pub every: Every,
    /// What it is about; its days are those that have just ended.
    pub query: ReportQuery,
    /// Whether it comes when there were no leads.
    pub even_empty: bool,
}

/// The most reports that come to one user.
pub const MOST: u64 = 20;

/// What a report is about, without its days.
#[must_use]
pub fn lasting(query: &ReportQuery) -> ReportQuery {
    ReportQuery { period: None::<Period>, days: DayRange::default(), ..query.clone() }
}

/// The same for the days before this one.
#[must_use]
pub fn due(query: &ReportQuery, every: Every, today: NaiveDate) -> ReportQuery {
    let (from, to) = every.span(today);
    ReportQuery { days: DayRange { from: Some(from), to: Some(to) }, ..lasting(query) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_about_the_days_that_have_just_ended() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (every, today, from, to, next) in [
            (Every::Day, "2026-03-01", "2026-02-28", "2026-02-28", "2026-03-02"),
            (Every::Week, "2026-11-23", "2026-11-16", "2026-11-22", "2026-11-30"),
            (Every::Week, "2026-11-26", "2026-11-16", "2026-11-22", "2026-11-30"),
            (Every::Week, "2026-11-29", "2026-11-16", "2026-11-22", "2026-11-30"),
            (Every::Month, "2026-03-31", "2026-02-01", "2026-02-28", "2026-04-01"),
            (Every::Month, "2027-01-01", "2026-12-01", "2026-12-31", "2027-02-01"),
        ] {
            assert_eq!(every.span(day(today)), (day(from), day(to)), "{every} on {today}");
            assert_eq!(every.next(day(today)), day(next), "{every} after {today}");
            assert_eq!(every.on_or_after(day(next)), day(next), "{every} on {next}");
        }
        assert_eq!(Every::Week.on_or_after(day("2026-11-24")), day("2026-11-30"));
        assert_eq!(Every::Month.on_or_after(day("2027-02-28")), day("2027-03-01"));
        let query =
            ReportQuery { campaign: Some("Solar".into()), period: Some(Period::Today), ..ReportQuery::default() };
        let due = due(&query, Every::Week, day("2026-11-23"));
        assert_eq!(
            (due.campaign.as_deref(), due.span(day("2026-11-23"))),
            (Some("Solar"), Every::Week.span(day("2026-11-23")))
        );
    }
}
