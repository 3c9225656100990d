//! When a push is tried again, and when an endpoint is left alone.

use chrono::{DateTime, TimeDelta, Utc};

/// The pauses after the first, second … failed attempt, in seconds: about three days in all, the schedule that the Standard
/// Webhooks specification suggests. After the last one a push is given up.
pub const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The longest a receiver can ask to be left alone.
pub const MAX_RETRY_AFTER: TimeDelta = TimeDelta::hours(24);

/// For how long an endpoint fails before it is switched off: as long as one push is tried.
pub const FAILING_FOR: TimeDelta = TimeDelta::days(3);

/// After so many failures in a row an endpoint rests, and is then tried with one push at a time.
pub const FAILURES_BEFORE_REST: i64 = 5;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There was an answer.
    Answered {
        /// Its HTTP status.
        status: u16,
        /// Its `Retry-After`, as sent.
        retry_after: Option<String>,
    },
    /// There was none; why, in a few words.
    Unanswered(String),
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has arrived.
    Delivered,
    /// It is tried again then.
    RetryAt(DateTime<Utc>),
    /// It was tried often enough.
    GivenUp,
    /// The receiver wants no more of anything (410).
    Gone,
}

/// Judges an attempt: the `tries`th since it was queued, ended `now`. `jitter`, from 0 to 1, spreads attempts so that pushes
/// which failed together do not come back together.
#[must_use]
pub fn judge(outcome: &Outcome, tries: i64, now: DateTime<Utc>, jitter: f64) -> Verdict {
    let retry_after = match outcome {
        Outcome::Answered { status: 200..=299, .. } => return Verdict::Delivered,
        Outcome::Answered { status: 410, .. } => return Verdict::Gone,
        Outcome::Answered { retry_after, .. } => {
            retry_after.as_deref().and_then(|retry_after| parse_retry_after(retry_after, now))
        }
        Outcome::Unanswered(_) => None,
    };
    let index = usize::try_from(tries - 1).unwrap_or(0);
    let Some(seconds) = PAUSES.get(index) else { return Verdict::GivenUp };
    // A tenth more at most.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a few days in milliseconds")]
    let spread = TimeDelta::milliseconds((*seconds as f64 * 100.0 * jitter.clamp(0.0, 1.0)) as i64);
    let next = now + TimeDelta::seconds(*seconds) + spread;
    Verdict::RetryAt(retry_after.map_or(next, |retry_after| next.max(retry_after)))
}

/// Until when an endpoint rests after so many failures in a row, if it does: a minute, two, four …, a quarter of an hour at
/// most. A push keeps its own schedule; this spares the others a call that would fail as well.
#[must_use]
pub fn rest(failures: i64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let beyond = failures - FAILURES_BEFORE_REST;
    (beyond >= 0).then(|| now + TimeDelta::minutes(1_i64 << beyond.min(4)).min(TimeDelta::minutes(15)))
}

/// Reads a `Retry-After` (RFC 9110, section 10.2.3): seconds, or an HTTP date. At most [`MAX_RETRY_AFTER`] from now.
#[must_use]
pub fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let at = match text.parse::<u32>() {
        Ok(seconds) => now + TimeDelta::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc(),
    };
    (at > now).then(|| at.min(now + MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn answered(status: u16, retry_after: Option<&str>) -> Outcome {
        Outcome::Answered { status, retry_after: retry_after.map(ToOwned::to_owned) }
    }

    #[test]
    fn pauses_grow_for_three_days_then_it_is_given_up() {
        let mut at = now();
        for (tries, pause) in (1_i64..).zip(PAUSES) {
            let Verdict::RetryAt(next) = judge(&answered(500, None), tries, at, 0.0) else { panic!("given up early") };
            assert_eq!((next - at).num_seconds(), pause);
            at = next;
        }
        assert!((at - now()) > FAILING_FOR && (at - now()) < TimeDelta::days(4), "{}", at - now());
        assert_eq!(judge(&answered(500, None), 10, at, 0.5), Verdict::GivenUp);
        let Verdict::RetryAt(late) = judge(&Outcome::Unanswered(String::new()), 2, now(), 1.0) else { panic!() };
        assert_eq!((late - now()).num_seconds(), 330);
    }

    #[test]
    fn only_a_good_answer_counts_and_gone_is_gone() {
        assert_eq!(judge(&answered(204, None), 10, now(), 0.0), Verdict::Delivered);
        assert_eq!(judge(&answered(410, None), 1, now(), 0.0), Verdict::Gone);
        for status in [100, 199, 301, 302, 400, 404, 429, 503] {
            assert!(matches!(judge(&answered(status, None), 1, now(), 0.0), Verdict::RetryAt(_)), "{status}");
        }
    }

    #[test]
    fn the_receivers_retry_after_counts_where_it_is_later() {
        let retry = |retry_after: &str| match judge(&answered(429, Some(retry_after)), 1, now(), 0.0) {
            Verdict::RetryAt(at) => (at - now()).num_seconds(),
            other => panic!("{other:?}"),
        };
        assert_eq!(retry("120"), 120);
        assert_eq!(retry("1"), 5, "its own pause is longer");
        assert_eq!(retry("Sun, 22 Nov 2026 12:10:00 GMT"), 600);
        assert_eq!(retry("Sun, 22 Nov 2020 12:10:00 GMT"), 5, "in the past");
        assert_eq!(retry("99999999"), 86_400, "a day at most");
        for nonsense in ["", "soon", "-5", "1.5", "Sun, 99 Nov 2026"] {
            assert_eq!(retry(nonsense), 5, "{nonsense}");
        }
    }

    #[test]
    fn an_endpoint_rests_after_many_failures() {
        assert_eq!(rest(4, now()), None);
        let minutes: Vec<i64> = (5..12).filter_map(|n| rest(n, now())).map(|at| (at - now()).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 15, 15, 15]);
    }
}
