use std::time::Duration;

use rand::RngExt as _;
use tokio::time::{Instant, sleep};

/// So often a changeset is tried at most, however long there is.
const MOST_TRIES: u32 = 100;
const SHORTEST: Duration = Duration::from_millis(2);
const LONGEST: Duration = Duration::from_millis(200);

/// How often a changeset was tried, and until when it may be.
#[derive(Debug)]
pub(super) struct Backoff {
    pub(super) until: Instant,
    tries: u32,
}

impl Backoff {
    pub(super) const fn until(until: Instant) -> Self {
        Self { until, tries: 0 }
    }

    /// Waits a random while, which grows, so that those who were in each other's way are not again. Whether there is another
    /// try.
    pub(super) async fn pause(&mut self) -> bool {
        let Some(pause) = self.next(Instant::now(), rand::rng().random::<f64>()) else {
            return false;
        };
        sleep(pause).await;
        true
    }

    fn next(&mut self, now: Instant, random: f64) -> Option<Duration> {
        self.tries += 1;
        let longest = SHORTEST.saturating_mul(1 << self.tries.min(10)).min(LONGEST);
        let pause = longest.mul_f64(random);
        (self.tries < MOST_TRIES && now + pause < self.until).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_have_an_end_by_their_number() {
        let now = Instant::now();
        let mut backoff = Backoff::until(now + Duration::from_hours(1));
        let pauses = std::iter::from_fn(|| backoff.next(now, 0.9)).count();
        assert_eq!(pauses, 99);
    }

    #[test]
    fn tries_have_an_end_by_time() {
        let mut now = Instant::now();
        let until = now + Duration::from_secs(1);
        let mut backoff = Backoff::until(until);
        let mut pauses = 0;
        while let Some(pause) = backoff.next(now, 0.9) {
            now += pause;
            pauses += 1;
        }
        assert!((5..20).contains(&pauses) && now < until, "{pauses}");
    }

    #[test]
    fn no_pause_is_longer_than_the_longest() {
        let now = Instant::now();
        let mut backoff = Backoff::until(now + Duration::from_hours(1));
        let pauses: Vec<_> = std::iter::from_fn(|| backoff.next(now, 1.0)).collect();
        assert_eq!((pauses[0], pauses.last()), (2 * SHORTEST, Some(&LONGEST)));
        assert!(pauses.is_sorted());
    }
}
