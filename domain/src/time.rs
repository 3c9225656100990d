//! Instants as people in one time zone read them. The zone's rules stay on the server; the offset travels.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, Timelike, Utc};
use serde::{Deserialize, Serialize};

/// The first and the last year of a day that anybody means. Both databases keep the days between in order.
pub const YEARS: std::ops::RangeInclusive<i32> = 1900..=9999;

/// Not a day, or none that anybody means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written such as 2026-12-31, from the year 1900 to 9999")]
pub struct BadDay;

/// Reads a day as forms, filters and the API write it: `2026-12-31`.
///
/// # Errors
/// When it is none, or lies before 1900 or after 9999.
pub fn read_day(text: &str) -> Result<NaiveDate, BadDay> {
    let [year @ .., b'-', m1, m2, b'-', d1, d2] = text.trim().as_bytes() else { return Err(BadDay) };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let day = match (year.len(), number(year), number(&[*m1, *m2]), number(&[*d1, *d2])) {
        (4, Some(year), Some(month), Some(day)) => NaiveDate::from_ymd_opt(year.cast_signed(), month, day),
        _ => None,
    };
    day.filter(|day| YEARS.contains(&day.year())).ok_or(BadDay)
}

/// A day as one of a filter that came as JSON: one that nobody means is left out.
pub(crate) fn within_years(day: Option<NaiveDate>) -> Option<NaiveDate> {
    day.filter(|day| YEARS.contains(&day.year()))
}

/// An instant together with the offset from UTC that the account's time zone had then. It travels as a number and is written digit by
/// digit: the library's readers and writers of every format there is would be a tenth of what browsers download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    #[serde(with = "chrono::serde::ts_microseconds")]
    at: DateTime<Utc>,
    /// Seconds east of UTC.
    offset: i32,
}

impl LocalTime {
    /// An instant at an offset of so many seconds east of UTC.
    #[must_use]
    pub const fn new(at: DateTime<Utc>, offset: i32) -> Self {
        Self { at, offset }
    }

    /// The instant itself.
    #[must_use]
    pub const fn instant(&self) -> DateTime<Utc> {
        self.at
    }

    fn local(&self) -> DateTime<FixedOffset> {
        let utc = self.at.fixed_offset();
        FixedOffset::east_opt(self.offset).map_or(utc, |offset| self.at.with_timezone(&offset))
    }

    /// What the clock shows, for programs that know no time zones.
    #[must_use]
    pub fn clock(&self) -> NaiveDateTime {
        self.local().naive_local()
    }

    /// RFC 3339 with the offset, to the second: `2026-11-22T14:05:09+01:00`.
    #[must_use]
    pub fn rfc3339(&self) -> String {
        let day = self.local().date_naive();
        let (year, month, day) = (day.year(), day.month(), day.day());
        format!("{year:04}-{month:02}-{day:02}T{}{}", self.time(true), self.east())
    }

    /// The day, for people: `22 Nov 2026`.
    #[must_use]
    pub fn date(&self) -> String {
        date(self.local().date_naive())
    }

    /// Day and minute, for people: `22 Nov 2026, 14:05`.
    #[must_use]
    pub fn date_time(&self) -> String {
        format!("{}, {}", self.date(), self.time(false))
    }

    /// To the second, with the offset, for a tooltip: `22 Nov 2026, 14:05:09 (UTC+01:00)`.
    #[must_use]
    pub fn exact(&self) -> String {
        format!("{}, {} (UTC{})", self.date(), self.time(true), self.east())
    }

    fn time(&self, to_the_second: bool) -> String {
        let local = self.local();
        let (hour, minute, second) = (local.hour(), local.minute(), local.second());
        if to_the_second { format!("{hour:02}:{minute:02}:{second:02}") } else { format!("{hour:02}:{minute:02}") }
    }

    /// The offset as RFC 3339 writes it: `+01:00`.
    fn east(&self) -> String {
        let minutes = self.local().offset().local_minus_utc() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

/// How long ago something was, in words, as long as that says more than its hour: for less than a day. Nothing for what is longer ago or
/// still to come.
#[must_use]
pub fn ago(seconds: i64) -> Option<String> {
    let words = match seconds {
        0..60 => "just now".to_owned(),
        60..120 => "1 minute ago".to_owned(),
        120..3_600 => format!("{} minutes ago", seconds / 60),
        3_600..7_200 => "1 hour ago".to_owned(),
        7_200..86_400 => format!("{} hours ago", seconds / 3_600),
        _ => return None,
    };
    Some(words)
}

/// A day, for people: `22 Nov 2026`.
#[must_use]
pub fn date(day: NaiveDate) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    format!("{} {} {}", day.day(), MONTHS[day.month0() as usize], day.year())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_of_a_year_that_somebody_means() {
        for good in ["1900-01-01", " 2026-12-31 ", "9999-12-31"] {
            assert_eq!(read_day(good).unwrap().to_string(), good.trim());
        }
        for bad in [
            "", "1899-12-31", "0000-01-01", "+10000-01-01", "+262142-12-31", "-0001-01-01", "2026-02-30", "2026-1-5",
            "2026-12-31\0", "20261231", "2026-12-31T00:00", "٢٠٢٦-12-31",
        ] {
            assert_eq!(read_day(bad), Err(BadDay), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), day in "[+-]?[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}") {
            for text in [text, day] {
                if let Ok(day) = read_day(&text) {
                    prop_assert_eq!(day.to_string(), text.trim());
                }
            }
        }
    }

    #[test]
    fn what_was_today_is_told_by_how_long_ago() {
        let expected = [
            (0, Some("just now")),
            (59, Some("just now")),
            (60, Some("1 minute ago")),
            (3_599, Some("59 minutes ago")),
            (3_600, Some("1 hour ago")),
            (86_399, Some("23 hours ago")),
            (86_400, None),
            (-1, None),
            (i64::MIN, None),
        ];
        for (seconds, words) in expected {
            assert_eq!(ago(seconds).as_deref(), words, "{seconds}");
        }
    }

    #[test]
    fn people_and_machines_read_the_same_instant() {
        let time = LocalTime::new("2026-11-22T23:30:09.123456Z".parse().unwrap(), 3600);
        assert_eq!(time.rfc3339(), "2026-11-23T00:30:09+01:00");
        assert_eq!(time.date_time(), "23 Nov 2026, 00:30");
        assert_eq!(time.exact(), "23 Nov 2026, 00:30:09 (UTC+01:00)");
        let west = LocalTime::new("0999-01-02T03:04:05Z".parse().unwrap(), -12_600);
        assert_eq!(west.rfc3339(), "0999-01-01T23:34:05-03:30");
    }
}
