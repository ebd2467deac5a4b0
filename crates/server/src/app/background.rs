//! What goes on beside requests.

mod attempt_expiry;
mod departed;
mod heartbeat;
mod releases;
mod throttle_counts;

pub(super) use attempt_expiry::expire_attempts;
pub(super) use departed::disconnect_departed;
pub(super) use heartbeat::Heartbeat;
pub(super) use releases::Releases;
pub(super) use throttle_counts::StoredCounts;
