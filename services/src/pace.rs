//! How much one caller may ask for, counted in memory: each process counts for itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use domain::ids::UserId;

/// Most buckets that are kept; the ones nobody has drawn from lately go first.
const BUCKETS: usize = 10_000;

/// Token buckets, one for each caller: so many at once, so many a second on the whole.
#[derive(Debug, Default)]
pub struct Buckets {
    buckets: Mutex<HashMap<String, (f64, Instant)>>,
}

impl Buckets {
    /// Takes one from a bucket that holds so many and gets so many a second.
    ///
    /// # Errors
    /// In how many seconds there is one.
    pub fn take(&self, who: String, (burst, per_second): (f64, f64), now: Instant) -> Result<(), u64> {
        // What is counted here may be a little off after a panic; it is not worth one of its own.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS {
            buckets.retain(|_, (_, at)| now.duration_since(*at).as_secs() < 60);
        }
        let (level, at) = buckets.entry(who).or_insert((burst, now));
        *level = (*level + now.duration_since(*at).as_secs_f64() * per_second).min(burst);
        *at = now;
        if *level >= 1.0 {
            *level -= 1.0;
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
        Err(((1.0 - *level) / per_second).ceil().max(1.0) as u64)
    }
}

/// What runs for each user at the moment.
#[derive(Debug, Default, Clone)]
pub struct Running(Arc<Mutex<HashMap<UserId, usize>>>);

/// A place among what runs; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    running: Running,
    user: UserId,
}

impl Running {
    /// A place for one more of this user; none when so many run already.
    #[must_use]
    pub fn begin(&self, user: UserId, most: usize) -> Option<Place> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = running.entry(user).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { running: self.clone(), user })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut running = self.running.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = running.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_fills_again() {
        let (buckets, now) = (Buckets::default(), Instant::now());
        let take = |who: &str, seconds| buckets.take(who.into(), (2.0, 0.5), now + Duration::from_secs(seconds));
        assert_eq!([take("a", 0), take("a", 0), take("a", 0)], [Ok(()), Ok(()), Err(2)]);
        assert_eq!(take("b", 0), Ok(()), "each for itself");
        assert_eq!([take("a", 2), take("a", 2)], [Ok(()), Err(2)]);
        assert_eq!([take("a", 900), take("a", 900), take("a", 900)], [Ok(()), Ok(()), Err(2)], "no more than it holds");
    }

    #[test]
    fn a_place_is_free_again_when_it_is_left() {
        let running = Running::default();
        let (one, two) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
        let first = running.begin(one, 2).unwrap();
        let _second = running.begin(one, 2).unwrap();
        assert!(running.begin(one, 2).is_none() && running.begin(two, 2).is_some());
        drop(first);
        assert!(running.begin(one, 2).is_some());
    }
}
