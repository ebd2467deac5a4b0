//! Where Gangway keeps partners, audit events, and what connections leave behind. All SQL is in this crate and nowhere else.
//!
//! [`SqliteStore`] is the embedded store: one file, one process, one writer that commits many changesets with
//! one `fsync`. It keeps the promises of [`gangway_engine::Store`]; the contract suite in `tests/` checks them
//! for every backend alike.
#![deny(missing_docs)]

mod audit_json;
mod chain;
mod release_json;
mod render;
mod spelling;
mod sqlite;

pub use chain::ChainHash;
pub use sqlite::{
    AuditReader, BackupError, BackupFacts, ChainReport, ChainedEvent, Copied, Finding, OpenError, Restore,
    SqliteOptions, SqliteStore, back_up, verify_audit,
};
