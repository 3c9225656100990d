//! The months of days.

use chrono::{Datelike, Months, NaiveDate};

/// The first day of a day's month, and that of the next.
pub(super) fn month_of(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = day.with_day(1).unwrap_or(day);
    (first, first.checked_add_months(Months::new(1)).unwrap_or(first))
}
