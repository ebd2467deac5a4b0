//! When to try again.

use std::time::Duration;

/// The longest pause between the first two tries.
const FIRST: Duration = Duration::from_secs(2);
/// The longest pause between any two, unless the partner asks for more.
pub const LONGEST: Duration = Duration::from_hours(1);
/// The longest a partner is left alone because it asks.
pub const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// No pause is longer. What is put off for longer was written down while the clock was wrong.
pub const LONGEST_PAUSE: Duration = Duration::from_hours(27);

/// The pause after so many tries: exponential, with full jitter (any length from nothing to the
/// bound), so that what failed together is not tried together. A partner's `Retry-After` is a least
/// pause. `random` is any number.
#[must_use]
pub fn delay(tries: u32, retry_after: Option<Duration>, random: u64) -> Duration {
    let bound = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST);
    // Less than 2^63 nanoseconds times less than 2^64 fits.
    let nanos = (bound.as_nanos() * u128::from(random)) >> 64;
    let jittered = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
    let asked = retry_after.unwrap_or_default().min(LONGEST_ASKED);
    // Who was sent away together is not to come back together.
    let spread = asked.mul_f64(SPREAD * share(random));
    asked.saturating_add(spread).max(jittered)
}

/// How much later than asked somebody comes back at most, of what was asked.
const SPREAD: f64 = 0.1;

/// The number as a share of all numbers, 0 to 1.
fn share(random: u64) -> f64 {
    f64::from(u32::try_from(random >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bound_doubles_up_to_an_hour() {
        let longest = |tries| delay(tries, None, u64::MAX).as_secs_f64();
        let seconds: Vec<_> = (1..14).map(|tries| longest(tries).round()).collect();
        assert_eq!(seconds[..4], [2.0, 4.0, 8.0, 16.0]);
        assert_eq!(seconds[11..], [3600.0, 3600.0]);
    }

    #[test]
    fn jitter_reaches_from_nothing_to_the_bound() {
        assert_eq!(delay(5, None, 0), Duration::ZERO);
        let half = delay(5, None, u64::MAX / 2).as_secs_f64();
        assert!((half - 16.0).abs() < 0.001, "{half}");
    }

    proptest! {
        #[test]
        fn no_pause_is_longer_than_it_may_be(tries: u32, random: u64) {
            prop_assert!(delay(tries, None, random) <= LONGEST);
        }

        #[test]
        fn who_asks_to_be_left_alone_is(tries: u32, random: u64, asked in 0..100_000_u64) {
            let asked = Duration::from_secs(asked);
            let pause = delay(tries, Some(asked), random);
            prop_assert!(pause >= asked.min(LONGEST_ASKED) && pause <= LONGEST_PAUSE);
            prop_assert!(pause >= delay(tries, None, random), "to ask for less changes nothing");
        }
    }
}
