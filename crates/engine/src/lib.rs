//! What can be done with partners, and the ports it needs: a [`Store`] that commits, a [`Clock`] and a
//! source of [`Random`]ness. The engine names no database, no HTTP and no real clock; cargo keeps it so.
#![deny(missing_docs)]

mod engine;
mod error;
mod expiry;
mod onboarding;
mod partners;
mod ports;
mod secret;

pub use engine::{Engine, Policy};
pub use error::Error;
pub use partners::NewPartner;
pub use ports::{
    Answer, AttemptPhase, Binding, CallError, CallFailure, CallResult, Changeset, Clock, CommitError,
    Committed, Connector, Connectors, CredentialId, DueRelease, Effect, Field, Future, Grant, Lease, Life,
    Liveness, NodeId, PartnerChange, PendingReleases, Random, ReleaseFilter, ReleaseSecret, Revokes,
    SecretChange, SecretPlace, Store, StoreError, StoredAttempt, StoredCredential, StoredSecret, Vault,
    VaultError,
};
pub use secret::{Sealed, Secret};
