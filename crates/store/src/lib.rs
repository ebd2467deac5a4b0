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
mod letters;
mod postgres;
mod release_json;
mod render;
mod rows;
mod shared;
mod spelling;
mod sqlite;
mod turns;

pub use any::AnyStore;
pub use chain::ChainHash;
pub use postgres::{PostgresError, PostgresOptions, PostgresStore, Schema, Step, migrate, status};
pub use shared::{Node, SeenNode, Used, UsedElsewhere};
pub use sqlite::{
    AuditReader, ChainReport, ChainedEvent, Finding, OpenError, SqliteOptions, SqliteStore, schema_of_file,
    verify_audit,
};
