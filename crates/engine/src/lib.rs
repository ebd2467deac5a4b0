//! What can be done with partners and settings, and the ports it needs: a [`Store`] that commits, a [`Vault`] that seals,
//! [`Connectors`] that speak to partners, a [`Clock`] and a source of [`Random`]ness. The engine names no database, no HTTP and no real clock; cargo keeps it so.
#![deny(missing_docs)]

mod arrival;
mod audit;
mod callback;
mod command;
mod connection;
mod credential;
pub mod deadline;
mod engine;
mod error;
mod expiry;
mod holdings;
mod onboarding;
mod partners;
mod ports;
mod profiles;
mod release;
mod releases;
mod secret;
mod settings;
mod single_flight;
mod state;

pub use callback::{Callback, CallbackRefusal};
pub use connection::Check;
pub use engine::{Engine, Policy, Ports, Profile};
pub use error::Error;
pub use onboarding::{Connected, Visit};
pub use partners::NewPartner;
pub use ports::{
    About, AttemptPhase, Binding, CallError, CallFailure, CallResult, Changeset, Clock, CommitError,
    Committed, Connector, Connectors, CredentialId, DueRelease, Effect, Field, Future, Grant, Lease, Listing,
    NodeId, Page, PartnerChange, PendingReleases, Position, ProbeAnswer, Random, Record, ReleaseFilter,
    ReleaseSecret, Revokes, SecretChange, SecretPlace, SettingsChange, ShownAnswer, SortKey, Store,
    StoreError, StoredAttempt, StoredCredential, StoredSecret, Vault, VaultError,
};
pub use profiles::Departed;
pub use release::{LEASE_DURATION, LEASE_RENEWAL_INTERVAL, TryOutcome};
pub use releases::{Preview, Sessions};
pub use secret::{Sealed, Secret};
