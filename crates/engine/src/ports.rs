//! What the engine needs from outside. Every port says what it promises; whoever implements it
//! keeps that.

mod connector;
pub mod deadline;
mod secret;
mod store;
mod vault;

use std::pin::Pin;

use gangway_domain::Timestamp;

pub use connector::{
    CallError, CallFailure, CallResult, Connector, Connectors, Grant, ProbeAnswer, Revokes, ShownAnswer,
};
pub use secret::{Sealed, Secret};
pub use store::{
    About, AttemptPhase, Changeset, CommitError, Committed, CredentialId, DueRelease, Effect, Lease, Listing,
    NodeId, Page, PartnerChange, PendingReleases, Position, Record, ReleaseFilter, ReleaseSecret,
    SecretChange, SecretPlace, SettingsChange, SortKey, Store, StoreError, StoredAttempt, StoredCredential,
    StoredSecret,
};
pub use vault::{Binding, Field, Vault, VaultError};

/// What a call through a port that is chosen at run time comes to.
pub type Future<'a, T> = Pin<Box<dyn std::future::Future<Output = T> + Send + 'a>>;

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
