//! The account's time zone: which day an instant falls on, and when that day begins and ends.

use std::str::FromStr;

use chrono::{DateTime, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};

use crate::time::LocalTime;

/// An IANA time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

/// Not the name of an IANA time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an IANA time zone such as Europe/Berlin")]
pub struct UnknownZone(String);

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.parse().map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    /// The names of all zones, to choose from.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The instant as this zone's clocks showed it.
    #[must_use]
    pub fn local(&self, at: DateTime<Utc>) -> LocalTime {
        LocalTime::new(at, self.0.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
    }

    /// The day the instant falls on here.
    #[must_use]
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        bounded(at).with_timezone(&self.0).date_naive().min(last().date_naive())
    }

    /// The instant at which this zone's clocks showed a time: the first one where they showed it twice, the end
    /// of the jump where they skipped it.
    #[must_use]
    pub fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        // Beyond these years nothing is reckoned with: no database keeps it, and the calendar itself has an end.
        let local = local.clamp(first().naive_utc(), last().naive_utc());
        // No zone has ever skipped more than a day, so half-hour steps end within 48.
        (0..=48)
            .find_map(|step| match self.0.from_local_datetime(&(local + TimeDelta::minutes(30 * step))) {
                MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.with_timezone(&Utc)),
                MappedLocalTime::None => None,
            })
            .map_or_else(|| local.and_utc(), bounded)
    }

    /// The first instant of a day here. Where clocks jump over midnight, the day begins after the jump.
    #[must_use]
    pub fn day_start(&self, day: NaiveDate) -> DateTime<Utc> {
        self.instant(day.and_time(NaiveTime::MIN))
    }

    /// The first instant after a day here.
    #[must_use]
    pub fn day_end(&self, day: NaiveDate) -> DateTime<Utc> {
        day.checked_add_days(Days::new(1)).map_or_else(last, |next| self.day_start(next))
    }
}

/// 2 January of the year 1, in seconds: the day in every zone is one of that year.
const FIRST: i64 = -62_135_510_400;
/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;

/// The first instant that is reckoned with.
fn first() -> DateTime<Utc> {
    DateTime::from_timestamp(FIRST, 0).unwrap_or_default()
}

/// The last one that is reckoned with: a microsecond is what both databases keep.
fn last() -> DateTime<Utc> {
    DateTime::from_timestamp(LAST, 999_999_000).unwrap_or_default()
}

fn bounded(at: DateTime<Utc>) -> DateTime<Utc> {
    at.clamp(first(), last())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_begin_where_the_zone_says() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(berlin.day_start(day("2026-11-22")).to_rfc3339(), "2026-11-21T23:00:00+00:00");
        assert_eq!(berlin.day_end(day("2026-10-25")) - berlin.day_start(day("2026-10-25")), TimeDelta::hours(25));
        // Beirut's clocks go from 23:59:59 to 01:00:00: the day has no midnight.
        let beirut: Zone = "Asia/Beirut".parse().unwrap();
        assert_eq!(beirut.day_start(day("2026-03-29")).to_rfc3339(), "2026-03-28T22:00:00+00:00");
        assert!("Mars/Olympus".parse::<Zone>().is_err());
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_trap() {
        assert_eq!(
            (first().to_rfc3339(), last().to_rfc3339()),
            ("0001-01-02T00:00:00+00:00".into(), "9999-12-31T23:59:59.999999+00:00".into())
        );
        for zone in ["UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            let zone: Zone = zone.parse().unwrap();
            for day in [NaiveDate::MIN, NaiveDate::MAX, "9999-12-31".parse().unwrap(), "1900-01-01".parse().unwrap()] {
                let (start, end) = (zone.day_start(day), zone.day_end(day));
                assert!(
                    (first()..=last()).contains(&start) && (first()..=last()).contains(&end) && start <= end,
                    "{day}"
                );
            }
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, last()] {
                assert!((1..=9999).contains(&chrono::Datelike::year(&zone.day(at))));
            }
        }
    }

    proptest! {
        #[test]
        fn every_instant_lies_within_its_day(seconds in 0_i64..4_000_000_000, zone in prop::sample::select(vec![
            "UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Asia/Beirut",
        ])) {
            let zone: Zone = zone.parse().unwrap();
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let day = zone.day(at);
            prop_assert!(zone.day_start(day) <= at && at < zone.day_end(day), "{at} in {day}");
        }
    }
}
