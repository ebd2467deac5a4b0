use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the writer has committed. It is counted before anybody is told of the commit, so whoever finds the
/// number unchanged has missed nothing that was answered. Only the writer changes the database, because no
/// other process may have it open ([`super::file::lock`]).
#[derive(Debug, Clone, Default)]
pub(super) struct Commits(Arc<AtomicU64>);

impl Commits {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}
