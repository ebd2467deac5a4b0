//! Where Gangway keeps partners, audit events, and what connections leave behind. All SQL is in this crate and nowhere else.
//!
//! [`PostgresStore`] is for many nodes; [`SqliteStore`] is the embedded store: one file, one process, one writer that commits many changesets with
//! one `fsync`. It keeps the promises of [`gangway_engine::Store`]; the contract suite in `tests/` checks them
//! for every backend alike.
#![deny(missing_docs)]

mod any;
mod audit_json;
mod chain;
mod changeset;
mod exchange;
mod letters;
mod postgres;
mod release_json;
mod render;
mod rows;
mod sharded;
mod spelling;
mod sqlite;
mod turns;

pub use any::AnyStore;
pub use chain::ChainHash;
pub use exchange::{
    Compared, CopyEvent, CopyFacts, Database, Gone, MoveError, check_copy, copy, move_part, reopen,
};
pub use postgres::{PostgresError, PostgresOptions, PostgresStore, Schema, Step, migrate, status};
pub use sharded::{ShardError, ShardOptions, ShardedStore};
pub use sqlite::{
    AuditReader, BackupError, BackupFacts, ChainReport, ChainedEvent, Copied, Finding, OpenError, Restore,
    SqliteOptions, SqliteStore, back_up, verify_audit,
};
