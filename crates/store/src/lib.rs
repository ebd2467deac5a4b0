//! Where Gangway keeps partners, audit events, and what connections leave behind. All SQL is in this crate and nowhere else.
//!
//! [`SqliteStore`] is the embedded store: one file, one process, one writer that commits many changesets with one `fsync`.
//! [`PostgresStore`] is for many nodes that share a database. They keep the same promises, those of
//! [`gangway_engine::Store`]; the contract suite in `tests/` checks them for every backend alike.
#![deny(missing_docs)]

mod any;
mod audit;
mod changeset;
mod copy;
mod fair_queue;
mod postgres;
mod render;
mod rows;
mod shared;
mod sqlite;
mod statistics;
mod stored_format;

pub use any::AnyStore;
pub use audit::{
    Adoption, AuditHead, AuditKey, AuditReport, ChainHash, ChainReport, ChainedEvent, Finding, KnownHeads,
    RosterFinding, RosterReport, UnknownHead,
};
pub use copy::{
    Compared, CopyEvent, CopyFacts, Database, Gone, MoveError, check_copy, copy, reopen, restored,
};
pub use postgres::{
    PostgresAudit, PostgresError, PostgresOptions, PostgresStore, Schema, SharedSecrets, Step, ToldStatement,
    migrate, status, told_statements,
};
pub use shared::{Node, SeenNode, Used, UsedElsewhere};
pub use sqlite::{
    AuditReader, BackupError, BackupFacts, Copied, OpenError, Restore, RestoreTerms, SqliteOptions,
    SqliteStore, audit_heads, back_up, schema_of_file, verify_audit,
};
pub use statistics::{DatabaseStatistics, PoolStatistics, RetryReason};
