//! Times as people, spreadsheets and other systems write them.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use super::DateOrder;
use crate::{search::fold, zone::Zone};

/// Not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time; write it as 2026-11-22, 2026-11-22 14:05 or 2026-11-22T14:05:09+01:00")]
pub struct BadTime;

/// The years that are taken for ones.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9999;

/// A time that was read, before a zone is known for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    at: NaiveDateTime,
    offset: Option<FixedOffset>,
}

/// Reads a time. Without an offset it is one of `zone`; without a time of day it is where the day begins there.
///
/// Understood are ISO 8601 and RFC 3339 in the spellings of other systems (a space for the `T`, `+0100`, `UTC`), RFC 2822,
/// numeric dates with `.`, `/` or `-`, named months in seven languages, AM and PM, serial numbers of spreadsheets, and
/// seconds or milliseconds since 1970. `order` decides where day and month could be either; a date that makes no sense in
/// that order is read in the other one.
///
/// # Errors
/// When the text is something else, or a year is not one of 1900 to 9999.
pub fn time(text: &str, order: DateOrder, zone: Zone) -> Result<DateTime<Utc>, BadTime> {
    let (written, has_time) = read(text, order).ok_or(BadTime)?;
    if !YEARS.contains(&written.at.year()) {
        return Err(BadTime);
    }
    Ok(match written.offset {
        Some(offset) => DateTime::from_naive_utc_and_offset(
            written.at.checked_sub_offset(offset).filter(|at| YEARS.contains(&at.year())).ok_or(BadTime)?,
            Utc,
        ),
        None if has_time => zone.instant(written.at),
        None => zone.day_start(written.at.date()),
    })
}

/// Reads the day of a date or a time, as it stands there; as for [`time`], otherwise.
#[must_use]
pub fn day(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let day = read(text, order)?.0.at.date();
    YEARS.contains(&day.year()).then_some(day)
}

/// Whether a text is a date beyond doubt, so that its column is one of dates: a bare number is not.
#[must_use]
pub fn looks_like_a_date(text: &str) -> bool {
    let text = text.trim();
    let signs = text.chars().filter(|c| matches!(c, '.' | '/' | '-' | ':')).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let numbers = digits >= 3 && (signs >= 2 || text.chars().any(char::is_alphabetic));
    numbers && read(text, DateOrder::DayFirst).is_some_and(|(written, _)| YEARS.contains(&written.at.year()))
}

/// The order that a column's values are written in; none when they do not tell.
#[must_use]
pub fn order_of<'a>(values: impl Iterator<Item = &'a str>) -> Option<DateOrder> {
    let (mut day, mut month) = (0_u32, 0_u32);
    for value in values {
        let mut numbers = value.trim().split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next().filter(|part| part.len() <= 2).and_then(|part| part.parse::<u32>().ok());
        if let (Some(first), Some(second)) = (number(), number()) {
            let am_pm = fold(value).split(|c: char| !c.is_alphabetic()).any(|word| matches!(word, "am" | "pm"));
            match (first, second) {
                (13..=31, 1..=12) => day += 2,
                (1..=12, 13..=31) => month += 2,
                (1..=12, 1..=12) if am_pm => month += 1,
                _ => {}
            }
        }
    }
    match day.cmp(&month) {
        std::cmp::Ordering::Greater => Some(DateOrder::DayFirst),
        std::cmp::Ordering::Less => Some(DateOrder::MonthFirst),
        std::cmp::Ordering::Equal => None,
    }
}

/// The instant of a serial number as spreadsheets count: days since 1899-12-30, the time as a fraction.
#[must_use]
pub fn serial(number: f64) -> Option<NaiveDateTime> {
    if !(1.0..2_958_466.0).contains(&number) {
        return None;
    }
    let (days, seconds) = (number.trunc() as u64, (number.fract() * 86_400.0).round() as u32);
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days + u64::from(seconds / 86_400)))?;
    Some(day.and_time(NaiveTime::from_num_seconds_from_midnight_opt(seconds % 86_400, 0)?))
}

fn read(text: &str, order: DateOrder) -> Option<(Written, bool)> {
    let text = text.trim();
    // The longest that is one: a weekday, a named month, a time with a named zone.
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some((Written { at: at.naive_local(), offset: Some(*at.offset()) }, true));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
        && let Some(found) = bare_number(text)
    {
        return Some(found);
    }
    let mut scanner = Scanner { rest: text };
    let date = scanner.date(order)?;
    let time = scanner.time()?;
    let offset = scanner.offset()?;
    if !scanner.rest.is_empty() || (time.is_none() && offset.is_some()) {
        return None;
    }
    Some((Written { at: date.and_time(time.unwrap_or_default()), offset }, time.is_some()))
}

/// Days of spreadsheets, `YYYYMMDD`, seconds and milliseconds since 1970.
fn bare_number(text: &str) -> Option<(Written, bool)> {
    let utc = FixedOffset::east_opt(0);
    let whole = text.split(['.', ',']).next().unwrap_or_default();
    let written = |at, offset| Written { at, offset };
    match (whole.len(), whole.len() == text.len()) {
        (5, _) => {
            let number: f64 = text.replace(',', ".").parse().ok().filter(|days| (20_000.0..80_000.0).contains(days))?;
            Some((written(serial(number)?, None), number.fract() > 0.0))
        }
        (8, true) => {
            Some((written(NaiveDate::parse_from_str(text, "%Y%m%d").ok()?.and_time(NaiveTime::MIN), None), false))
        }
        (10, _) => {
            let seconds: i64 = whole.parse().ok()?;
            Some((written(DateTime::from_timestamp(seconds, 0)?.naive_utc(), utc), true))
        }
        (13, true) => {
            let millis: i64 = whole.parse().ok()?;
            Some((written(DateTime::from_timestamp_millis(millis)?.naive_utc(), utc), true))
        }
        _ => None,
    }
}

/// The months by how their names begin, without accents: English, German, French, Spanish, Italian, Dutch, Polish.
const MONTHS: [(&str, u32); 33] = [
    ("jan", 1),
    ("jän", 1),
    ("ene", 1),
    ("gen", 1),
    ("sty", 1),
    ("feb", 2),
    ("fev", 2),
    ("lut", 2),
    ("mar", 3),
    ("mrz", 3),
    ("maa", 3),
    ("mrt", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("mai", 5),
    ("may", 5),
    ("mei", 5),
    ("mag", 5),
    ("maj", 5),
    ("aug", 8),
    ("aou", 8),
    ("ago", 8),
    ("sie", 8),
    ("sep", 9),
    ("set", 9),
    ("wrz", 9),
    ("dez", 12),
    ("dec", 12),
    ("dic", 12),
    ("gru", 12),
    ("lis", 11),
];

fn month_of(word: &str) -> Option<u32> {
    let word = fold(word);
    let begins = |names: &[&str]| names.iter().any(|name| word.starts_with(name));
    if begins(&["jun", "juin", "giu", "cze"]) {
        return Some(6);
    }
    if begins(&["jul", "juil", "lug", "lip"]) {
        return Some(7);
    }
    if begins(&["oct", "okt", "ott", "paz"]) {
        return Some(10);
    }
    if begins(&["nov"]) {
        return Some(11);
    }
    MONTHS.iter().find(|(name, _)| word.starts_with(fold(name).as_str())).map(|(_, month)| *month)
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn skip(&mut self, signs: &[char]) {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || signs.contains(&c));
    }

    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || length > most {
            return None;
        }
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some((digits.parse().ok()?, length))
    }

    fn word(&mut self) -> Option<&'a str> {
        let length: usize = self.rest.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
        let (word, rest) = self.rest.split_at(length);
        if word.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(word)
    }

    fn eat(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn date(&mut self, order: DateOrder) -> Option<NaiveDate> {
        // A weekday before it, or the month's name.
        if let Some(word) = self.word() {
            self.skip(&[',', '.']);
            if self.rest.starts_with(|c: char| c.is_ascii_digit()) && month_of(word).is_some() {
                let (day, _) = self.number(2)?;
                self.ordinal();
                self.skip(&[',', '.']);
                let year = self.year()?;
                return NaiveDate::from_ymd_opt(year, month_of(word)?, day);
            }
            if let Some(month) = self.word() {
                // `Fri Nov 20 2026`
                self.skip(&[',', '.']);
                let (day, _) = self.number(2)?;
                self.ordinal();
                self.skip(&[',', '.']);
                let year = self.year()?;
                return NaiveDate::from_ymd_opt(year, month_of(month)?, day);
            }
        }
        let (first, length) = self.number(4)?;
        if length == 4 {
            return self.rest_of_iso(first);
        }
        self.ordinal();
        if self.rest.trim_start_matches(['.', ' ', '-', '/']).starts_with(char::is_alphabetic) {
            self.skip(&['.', '-', '/']);
            let mut word = self.word()?;
            if fold(word) == "de" {
                self.skip(&[]);
                word = self.word()?;
            }
            self.skip(&['.', ',', '-', '/']);
            if self.rest.starts_with("de ") {
                self.rest = &self.rest[3..];
            }
            let year = self.year()?;
            return NaiveDate::from_ymd_opt(year, month_of(word)?, first);
        }
        let sign = self.rest.chars().next().filter(|c| matches!(c, '.' | '/' | '-'))?;
        self.eat(sign);
        self.skip(&[]);
        let (second, _) = self.number(2)?;
        self.skip(&[]);
        if !self.eat(sign) {
            return None;
        }
        self.skip(&[]);
        let year = self.year()?;
        let day_first = NaiveDate::from_ymd_opt(year, second, first);
        let month_first = NaiveDate::from_ymd_opt(year, first, second);
        match order {
            DateOrder::DayFirst => day_first.or(month_first),
            DateOrder::MonthFirst => month_first.or(day_first),
        }
    }

    /// `1st`, `2nd`, `20th`, `1er`.
    fn ordinal(&mut self) {
        for ending in ["st", "nd", "rd", "th", "er"] {
            if let Some(rest) = self.rest.strip_prefix(ending)
                && !rest.starts_with(char::is_alphabetic)
            {
                self.rest = rest;
                return;
            }
        }
    }

    fn rest_of_iso(&mut self, year: u32) -> Option<NaiveDate> {
        let sign = self.rest.chars().next().filter(|c| matches!(c, '.' | '/' | '-'))?;
        self.eat(sign);
        let (month, _) = self.number(2)?;
        if !self.eat(sign) {
            return None;
        }
        let (day, _) = self.number(2)?;
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
    }

    /// Four digits, or two of this century.
    fn year(&mut self) -> Option<i32> {
        let (year, length) = self.number(4)?;
        let year = i32::try_from(year).ok()?;
        match length {
            4 => Some(year),
            2 => Some(2000 + year),
            _ => None,
        }
    }

    /// A time of day, if there is one; nothing at all when what follows is none.
    fn time(&mut self) -> Option<Option<NaiveTime>> {
        self.skip(&[',', 'T', 't', '·', '–', '-']);
        if let Some(word) = self.rest.chars().next().filter(|c| c.is_alphabetic()).and_then(|_| self.word()) {
            // `at 14:05`, `um 14:05 Uhr`, `à 14:05`
            if !matches!(fold(word).as_str(), "at" | "um" | "a" | "alle" | "om" | "o" | "las") {
                return None;
            }
            self.skip(&[]);
        }
        if self.rest.is_empty() {
            return Some(None);
        }
        let (mut hour, _) = self.number(2)?;
        let mut minute = 0;
        let (mut second, mut nanos) = (0, 0);
        if self.eat(':') || self.eat('h') || self.eat('.') {
            minute = self.number(2)?.0;
            if self.eat(':') {
                second = self.number(2)?.0;
                if self.eat('.') || self.eat(',') {
                    let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
                    let (fraction, rest) = self.rest.split_at(length);
                    self.rest = rest;
                    let fraction: String = fraction.chars().chain("000000000".chars()).take(9).collect();
                    nanos = fraction.parse().ok()?;
                }
            }
        } else if !fold(self.rest).starts_with(['a', 'p']) {
            // A bare hour is one before AM or PM alone.
            return None;
        }
        self.skip(&[]);
        let half = fold(&self.rest.chars().take(4).filter(|c| *c != '.').collect::<String>());
        if half.starts_with("am") || half.starts_with("pm") {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if half.starts_with('p') { 12 } else { 0 };
            let taken = if self.rest.get(1..2) == Some(".") { 3 } else { 2 };
            self.rest = self.rest.get(taken..)?;
            self.rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
        } else if half.starts_with("uhr") {
            self.rest = self.rest.get(3..)?;
        }
        // A leap second is the one before it.
        let time = NaiveTime::from_hms_nano_opt(hour, minute, second.min(59), nanos)?;
        (second <= 60).then_some(Some(time.with_nanosecond(time.nanosecond() / 1_000 * 1_000)?))
    }

    /// An offset, if there is one; nothing at all when what follows is none.
    fn offset(&mut self) -> Option<Option<FixedOffset>> {
        self.skip(&[]);
        if self.rest.is_empty() {
            return Some(None);
        }
        let mut named = false;
        for name in ["UTC", "GMT", "Z", "z"] {
            if let Some(rest) = self.rest.strip_prefix(name) {
                self.rest = rest;
                named = true;
                break;
            }
        }
        if named && self.rest.is_empty() {
            return Some(FixedOffset::east_opt(0));
        }
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') || self.eat('−') {
            -1
        } else {
            return None;
        };
        let (number, length) = self.number(4)?;
        let (hours, minutes) = match length {
            1 | 2 if self.eat(':') => (number, self.number(2)?.0),
            1 | 2 => (number, 0),
            4 => (number / 100, number % 100),
            _ => return None,
        };
        if hours > 14 || minutes > 59 {
            return None;
        }
        let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
        Some(Some(FixedOffset::east_opt(sign * seconds)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn berlin(text: &str, order: DateOrder) -> Option<String> {
        let at = time(text, order, "Europe/Berlin".parse().unwrap()).ok()?;
        Some(at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    #[test]
    fn times_as_people_write_them() {
        use DateOrder::{DayFirst, MonthFirst};
        for (text, order, expected) in [
            ("2026-11-20", DayFirst, "2026-11-19T23:00:00Z"),
            ("20.11.2026", DayFirst, "2026-11-19T23:00:00Z"),
            ("20.11.26", DayFirst, "2026-11-19T23:00:00Z"),
            ("20.11.2026 14:05", DayFirst, "2026-11-20T13:05:00Z"),
            ("20.11.2026, 14:05 Uhr", DayFirst, "2026-11-20T13:05:00Z"),
            ("20/11/2026", DayFirst, "2026-11-19T23:00:00Z"),
            ("11/20/2026", DayFirst, "2026-11-19T23:00:00Z"),
            ("1/2/2026", DayFirst, "2026-01-31T23:00:00Z"),
            ("1/2/2026", MonthFirst, "2026-01-01T23:00:00Z"),
            ("11/20/2026 2:05 PM", MonthFirst, "2026-11-20T13:05:00Z"),
            ("11/20/2026 12:05:30 a.m.", MonthFirst, "2026-11-19T23:05:30Z"),
            ("46346", DayFirst, "2026-11-19T23:00:00Z"),
            ("46346.5868", DayFirst, "2026-11-20T13:05:00Z"),
            ("46346,5", DayFirst, "2026-11-20T11:00:00Z"),
            ("20261120", DayFirst, "2026-11-19T23:00:00Z"),
            ("1795181109", DayFirst, "2026-11-20T13:25:09Z"),
            ("1795181109000", DayFirst, "2026-11-20T13:25:09Z"),
            ("2026-11-20T14:05:09.000+0000", DayFirst, "2026-11-20T14:05:09Z"),
            ("2026-11-20 14:05:09Z", DayFirst, "2026-11-20T14:05:09Z"),
            ("2026-11-20 14:05:09 +0100", DayFirst, "2026-11-20T13:05:09Z"),
            ("2026-11-20 14:05:09 UTC", DayFirst, "2026-11-20T14:05:09Z"),
            ("2026-11-20 14:05:09 UTC+2", DayFirst, "2026-11-20T12:05:09Z"),
            ("2026-11-20T14:05:09.123456+01:00", DayFirst, "2026-11-20T13:05:09Z"),
            ("2026/11/20 14:05", DayFirst, "2026-11-20T13:05:00Z"),
            ("20 Nov 2026", DayFirst, "2026-11-19T23:00:00Z"),
            ("Nov 20, 2026", DayFirst, "2026-11-19T23:00:00Z"),
            ("November 20th, 2026 at 2:05 pm", DayFirst, "2026-11-20T13:05:00Z"),
            ("Fri, 20 Nov 2026 14:05:09 +0000", DayFirst, "2026-11-20T14:05:09Z"),
            ("Fri Nov 20 2026 14:05:09 GMT+0100", DayFirst, "2026-11-20T13:05:09Z"),
            ("20. März 2026", DayFirst, "2026-03-19T23:00:00Z"),
            ("1er décembre 2026", DayFirst, "2026-11-30T23:00:00Z"),
            ("20 de noviembre de 2026", DayFirst, "2026-11-19T23:00:00Z"),
            ("20 czerwca 2026", DayFirst, "2026-06-19T22:00:00Z"),
            ("20-Jul-2026", DayFirst, "2026-07-19T22:00:00Z"),
        ] {
            assert_eq!(berlin(text, order).as_deref(), Some(expected), "{text:?}");
        }
        for text in [
            "", "soon", "31/12", "2026-13-01", "32.01.2026", "+262142-12-31 23:59:59", "1899-12-31", "12:30", "123",
            "2026-11-20 25:00", "2026-11-20T14:05:09+99:00", "call me on 20.11.2026", "0000-00-00", "99999", "-1",
        ] {
            assert_eq!(berlin(text, DayFirst), None, "{text:?}");
        }
    }

    #[test]
    fn a_column_tells_its_order_and_what_it_is() {
        assert_eq!(order_of(["01/02/2026", "11/20/2026"].into_iter()), Some(DateOrder::MonthFirst));
        assert_eq!(order_of(["01.02.2026", "20.11.2026 14:05"].into_iter()), Some(DateOrder::DayFirst));
        assert_eq!(order_of(["1/2/2026 2:05 PM"].into_iter()), Some(DateOrder::MonthFirst));
        assert_eq!(order_of(["01/02/2026", "2026-11-20"].into_iter()), None);
        for text in ["2026-11-20", "20.11.2026 14:05", "Nov 20, 2026", "11/20/26"] {
            assert!(looks_like_a_date(text), "{text:?}");
        }
        for text in ["46346", "030 123456", "12.50", "1.2.3", "Ada", "", "80331", "+49 171 2345678", "10.0.0.1"] {
            assert!(!looks_like_a_date(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "\\PC{0,40}|[0-9TZ+:./ -]{0,30}|[0-9]{1,14}[.,]?[0-9]{0,3}", month_first in any::<bool>()) {
            let order = if month_first { DateOrder::MonthFirst } else { DateOrder::DayFirst };
            if let Ok(at) = time(&text, order, "America/New_York".parse().unwrap()) {
                prop_assert!((1899..=10_000).contains(&at.year()));
            }
            let _ = looks_like_a_date(&text);
            let _ = order_of([text.as_str()].into_iter());
        }

        #[test]
        fn what_is_written_is_read(seconds in 0_i64..4_000_000_000, form in 0_usize..6) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let forms = ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S.000+0000", "%d %b %Y %H:%M:%S", "%s"];
            let order = if form == 2 { DateOrder::MonthFirst } else { DateOrder::DayFirst };
            let text = at.format(forms[form]).to_string();
            prop_assume!(form != 5 || text.len() == 10);
            prop_assert_eq!(time(&text, order, "UTC".parse().unwrap()), Ok(at), "{}", text);
        }
    }
}
