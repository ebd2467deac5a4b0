//! What can be done with partners, and the ports it needs: a [`Store`] that commits, a [`Clock`] and a
//! source of [`Random`]ness. The engine names no database, no HTTP and no real clock; cargo keeps it so.
#![deny(missing_docs)]

mod engine;
mod error;
mod expiry;
mod onboarding;
mod partners;
mod ports;

pub use engine::{Engine, Policy};
pub use error::Error;
pub use partners::NewPartner;
pub use ports::{Changeset, Clock, CommitError, Committed, PartnerChange, Random, Store, StoreError};
