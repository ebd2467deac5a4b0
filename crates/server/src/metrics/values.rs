//! Numbers as Prometheus has them.

use prometheus_client::metrics::counter::Counter;

/// As a gauge has it.
pub(super) fn gauged(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// Raises a counter to what was counted elsewhere.
pub(super) fn raise(counter: &Counter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}
