//! What the engine needs from outside. Every port says what it promises; whoever implements it keeps that.

mod store;

use gangway_domain::Timestamp;

pub use store::{Changeset, CommitError, Committed, PartnerChange, Store, StoreError};

/// Tells the time. A port, so that tests can step it.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Gives bytes nobody can foresee. A port, so that tests can repeat them.
pub trait Random: Send + Sync {
    /// Fills the buffer from a cryptographically secure source.
    fn fill(&self, buffer: &mut [u8]);
}
