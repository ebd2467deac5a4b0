//! What can be done with partners and settings, and the ports it needs: a [`Store`] that commits, a
//! [`Vault`] that seals, [`Connectors`] that speak to partners, a [`Clock`] and a source of
//! [`Random`]ness. The engine names no database, no HTTP and no real clock; cargo keeps it so.
#![deny(missing_docs)]

mod arrival;
mod command;
mod connection;
mod credential;
mod engine;
mod error;
mod onboarding;
mod ports;
mod release;
mod resources;

pub use connection::Check;
pub use engine::{Engine, Policy, Ports, Profile};
pub use error::{CallbackRefusal, Error};
pub use onboarding::{Callback, Connected, Visit};
pub use ports::deadline;
pub use ports::{
    About, AttemptPhase, Binding, CallError, CallFailure, CallResult, Changeset, Clock, CommitError,
    Committed, Connector, Connectors, CredentialId, DueRelease, Effect, Field, Future, Grant, Lease, Listing,
    NodeId, Page, PartnerChange, PendingReleases, Position, ProbeAnswer, Random, Record, ReleaseFilter,
    ReleaseSecret, Revokes, Sealed, Secret, SecretChange, SecretPlace, SettingsChange, ShownAnswer, SortKey,
    Store, StoreError, StoredAttempt, StoredCredential, StoredSecret, Vault, VaultError,
};
pub use release::{LEASE_DURATION, LEASE_RENEWAL_INTERVAL, TryOutcome};
pub use resources::{Departed, NewPartner, Preview, Sessions};
