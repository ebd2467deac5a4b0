//! What is counted for whoever looks after the store.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio_postgres::error::SqlState;

use crate::postgres::client::fault::Fault;
use crate::statistics::RetryReason;

/// Of the connections of one kind.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Counts {
    waited_in_vain: AtomicU64,
    /// In the order of [`RetryReason::ALL`].
    retries: [AtomicU64; RetryReason::ALL.len()],
    unknown_commits: AtomicU64,
}

impl Counts {
    /// All connections were somebody else's for too long.
    pub(in crate::postgres) fn waited_in_vain(&self) {
        self.waited_in_vain.fetch_add(1, Ordering::Relaxed);
    }

    /// Something is asked again, which came to this before.
    pub(in crate::postgres) fn retried(&self, fault: &Fault) {
        let reason = RetryReason::of(fault);
        for (known, count) in RetryReason::ALL.iter().zip(&self.retries) {
            if *known == reason {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Nobody can tell whether a commit was made.
    pub(in crate::postgres) fn unknown_commit(&self) {
        self.unknown_commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(in crate::postgres) fn waits_in_vain(&self) -> u64 {
        self.waited_in_vain.load(Ordering::Relaxed)
    }

    pub(in crate::postgres) fn unknown_commits(&self) -> u64 {
        self.unknown_commits.load(Ordering::Relaxed)
    }

    pub(in crate::postgres) fn retries(&self, reason: RetryReason) -> u64 {
        let counts = RetryReason::ALL.iter().zip(&self.retries);
        counts.filter(|(known, _)| **known == reason).map(|(_, count)| count.load(Ordering::Relaxed)).sum()
    }
}

impl RetryReason {
    fn of(fault: &Fault) -> Self {
        let Some(code) = fault.code() else { return Self::ConnectionLost };
        // What a statement that was to add to a chain refuses for is asked again only if the chain is another.
        let refusals =
            [SqlState::DIVISION_BY_ZERO, SqlState::UNIQUE_VIOLATION, SqlState::INVALID_TEXT_REPRESENTATION];
        match *code {
            _ if refusals.contains(code) => Self::HeadMoved,
            SqlState::T_R_SERIALIZATION_FAILURE => Self::Serialization,
            SqlState::T_R_DEADLOCK_DETECTED => Self::Deadlock,
            _ => Self::ConnectionLost,
        }
    }
}
