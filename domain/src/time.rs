//! Instants as people in one time zone read them. The zone's rules stay on the server; the offset travels.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// An instant together with the offset from UTC that the account's time zone had then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
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
        self.local().to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    /// The day, for people: `22 Nov 2026`.
    #[must_use]
    pub fn date(&self) -> String {
        date(self.local().date_naive())
    }

    /// Day and minute, for people: `22 Nov 2026, 14:05`.
    #[must_use]
    pub fn date_time(&self) -> String {
        format!("{}, {}", self.date(), self.local().format("%H:%M"))
    }

    /// To the second, with the offset, for a tooltip: `22 Nov 2026, 14:05:09 (UTC+01:00)`.
    #[must_use]
    pub fn exact(&self) -> String {
        let local = self.local();
        format!("{}, {} (UTC{})", self.date(), local.format("%H:%M:%S"), local.format("%:z"))
    }
}

/// A day, for people: `22 Nov 2026`.
#[must_use]
pub fn date(day: NaiveDate) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    format!("{} {} {}", day.day(), MONTHS[day.month0() as usize], day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_machines_read_the_same_instant() {
        let time = LocalTime::new("2026-11-22T23:30:09.123456Z".parse().unwrap(), 3600);
        assert_eq!(time.rfc3339(), "2026-11-23T00:30:09+01:00");
        assert_eq!(time.date_time(), "23 Nov 2026, 00:30");
        assert_eq!(time.exact(), "23 Nov 2026, 00:30:09 (UTC+01:00)");
    }
}
