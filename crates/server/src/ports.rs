//! The real clock and the real randomness; the only place that asks the machine for either.

use std::time::UNIX_EPOCH;

use gangway_domain::Timestamp;
use gangway_engine::{Clock, Random};
use rand::RngExt as _;

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

/// The operating system's randomness, stretched by a generator of the thread's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        rand::rng().fill(buffer);
    }
}
