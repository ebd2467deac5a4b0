//! Monotonic time, counted from the start of the run.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How long the run has lasted.
pub(crate) fn now() -> Duration {
    START.elapsed()
}

/// A time as people read it.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
