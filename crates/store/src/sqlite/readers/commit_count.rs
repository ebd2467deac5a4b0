use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What readers have to know of the writer.
///
/// Commits are counted before anybody is told of them, so whoever finds the number unchanged has missed nothing
/// that was answered. Only the writer counts: no other Gangway may have the database open ([`crate::sqlite::file::lock::lock`]),
/// and what a person changes in it by hand while this one runs is seen after the next commit.
#[derive(Debug, Clone, Default)]
pub(in crate::sqlite) struct Commits(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    count: AtomicU64,
    log_wanted: AtomicBool,
}

impl Commits {
    pub(super) fn count(&self) -> u64 {
        self.0.count.load(Ordering::Acquire)
    }

    pub(in crate::sqlite) fn one_more(&self) {
        self.0.count.fetch_add(1, Ordering::Release);
    }

    /// Whether the writer waits for readers to let go of the write-ahead log.
    pub(super) fn log_wanted(&self) -> bool {
        self.0.log_wanted.load(Ordering::Acquire)
    }

    pub(in crate::sqlite) fn want_log(&self, wanted: bool) {
        self.0.log_wanted.store(wanted, Ordering::Release);
    }
}
