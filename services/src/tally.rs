//! What happens often and is told seldom: refusals that anybody can cause at will must not fill the audit log. Each process counts
//! for itself.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// For how long occurrences are counted together.
const WINDOW: TimeDelta = TimeDelta::hours(1);
/// So many are told one by one.
const FIRST: u64 = 3;
/// Most counts that are kept; what comes on top is counted as one.
const COUNTS: usize = 10_000;

/// Counts of the last hour, by what they are of.
#[derive(Debug, Default)]
pub struct Tallies {
    counts: Mutex<HashMap<String, (DateTime<Utc>, u64)>>,
}

impl Tallies {
    /// Counts one more. Answers how many there were since the window began if that is to be told: of the first three, the
    /// tenth, the hundredth and so on.
    pub fn count(&self, what: String, now: DateTime<Utc>) -> Option<u64> {
        // What is counted here may be a little off after a panic; it is not worth one of its own.
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= COUNTS && !counts.contains_key(&what) {
            counts.retain(|_, (begun, _)| *begun + WINDOW > now);
        }
        let what = if counts.len() < COUNTS || counts.contains_key(&what) { what } else { String::new() };
        let (begun, count) = counts.entry(what).or_insert((now, 0));
        if *begun + WINDOW <= now {
            (*begun, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        let round = count.checked_ilog10().and_then(|digits| 10_u64.checked_pow(digits));
        (*count <= FIRST || round == Some(*count)).then_some(*count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_the_tenth_and_the_hundredth_are_told() {
        let (tallies, now) = (Tallies::default(), DateTime::UNIX_EPOCH);
        let told: Vec<u64> = (0..2_500).filter_map(|_| tallies.count("a".into(), now)).collect();
        assert_eq!(told, [1, 2, 3, 10, 100, 1_000]);
        assert_eq!(tallies.count("b".into(), now), Some(1));
        assert_eq!(tallies.count("a".into(), now + TimeDelta::minutes(59)), None, "the same hour");
        assert_eq!(tallies.count("a".into(), now + WINDOW), Some(1), "another hour");
    }

    #[test]
    fn no_number_of_names_makes_it_grow_or_tell_more() {
        let (tallies, now) = (Tallies::default(), DateTime::UNIX_EPOCH);
        let told = (0..3 * COUNTS).filter_map(|name| tallies.count(format!("n{name}"), now)).count();
        assert!(told <= COUNTS + 8, "{told}");
        assert!(tallies.counts.lock().unwrap().len() <= COUNTS + 1);
        assert_eq!(tallies.count("late".into(), now + WINDOW), Some(1), "the old ones have made room");
    }
}
