//! The real clocks; the only place that asks the machine what time it is.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use gangway_domain::Timestamp;
use gangway_engine::Clock;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's real side")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_seconds(0).plus(since_epoch)
    }
}

/// The clock that nodes have in common: the database's, where they share one, else the machine's. From one look at it to the
/// next it goes on by itself, whatever happens to the machine's.
#[derive(Debug, Default)]
pub(crate) struct CommonClock(Mutex<Option<Seen>>);

/// What time it was, and when that was seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    time: Timestamp,
    at: Instant,
}

/// Less than this is what a round trip takes, and no reason to step.
const UNNOTICED: Duration = Duration::from_millis(250);

impl CommonClock {
    /// The database says that it is this time.
    pub(crate) fn set(&self, time: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = seen.map(Seen::now);
        if now.is_none_or(|now| apart(now, time) > UNNOTICED) {
            *seen = Some(Seen { time, at: Instant::now() });
        }
    }

    /// By how many seconds the machine's clock is ahead of this one.
    pub(crate) fn machine_ahead(&self) -> i64 {
        SystemClock.now().unix_seconds() - self.now().unix_seconds()
    }
}

impl Seen {
    fn now(self) -> Timestamp {
        self.time.plus(self.at.elapsed())
    }
}

impl Clock for CommonClock {
    fn now(&self) -> Timestamp {
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.map_or_else(|| SystemClock.now(), Seen::now)
    }
}

fn apart(a: Timestamp, b: Timestamp) -> Duration {
    Duration::from_nanos(a.ticks().abs_diff(b.ticks()).saturating_mul(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_clock_is_the_machines_until_a_database_says_otherwise() {
        let clock = CommonClock::default();
        assert!(clock.machine_ahead().abs() <= 1);
        let hour = Duration::from_hours(1);
        clock.set(SystemClock.now().plus(hour));
        assert!((3599..=3601).contains(&-clock.machine_ahead()));
        let before = clock.now();
        let a_little_less = SystemClock.now().plus(hour.saturating_sub(UNNOTICED / 2));
        clock.set(a_little_less);
        assert!(clock.now() >= before, "it does not step back for what a round trip takes");
        clock.set(SystemClock.now());
        assert!(clock.machine_ahead().abs() <= 1);
    }
}
