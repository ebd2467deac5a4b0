use gangway_domain::TenantId;

use crate::{OpenError, PostgresError};

/// Why rows did not go from one database to another. What has arrived stays there, and to do the same again goes on from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveError {
    /// The embedded store cannot be used.
    #[error(transparent)]
    Sqlite(#[from] OpenError),
    /// The database in `PostgreSQL` cannot be used.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The target is somebody else's.
    #[error("'{0}': has data of its own; name an empty database")]
    NotEmpty(String),
    /// The target is being filled from elsewhere.
    #[error("'{target}': is being filled from '{from}'; finish that, or name an empty database")]
    OfAnother {
        /// The target.
        target: String,
        /// What it gets.
        from: String,
    },
    /// The source has moved before.
    #[error(
        "'{source_place}': has moved to '{to}'; move from there, or take it back with `gangway db reopen`"
    )]
    Moved {
        /// The source.
        source_place: String,
        /// Where its data is.
        to: String,
    },
    /// The source itself is half a copy.
    #[error("'{source_place}': is half a copy of '{from}'; finish that first")]
    Half {
        /// The source.
        source_place: String,
        /// Where its data is.
        from: String,
    },
    /// The audit of one is not proven by its key.
    #[error(
        "'{place}': the audit is not proven by the audit key {key}; `gangway audit verify` says what is wrong"
    )]
    UnprovenAudit {
        /// The database.
        place: String,
        /// The id of the key.
        key: String,
    },
    /// The end of a chain was not written with the key of its database.
    #[error(
        "'{place}': the end of the audit of tenant {tenant} was altered; `gangway audit verify` says more"
    )]
    UnprovenEnd {
        /// The database.
        place: String,
        /// The tenant.
        tenant: TenantId,
    },
    /// Tenants were taken out or put in.
    #[error(
        "'{place}': part {part} has other tenants in its audit than it should; `gangway audit verify` says more"
    )]
    WrongRoster {
        /// The database.
        place: String,
        /// The part.
        part: u8,
    },
    /// Events have no place in a chain.
    #[error(
        "'{0}': has audit events without a place in a chain, which nobody committed; `gangway audit verify` names them"
    )]
    Unlinked(String),
    /// Both are the same.
    #[error("'{0}': cannot be copied to itself")]
    Same(String),
    /// The two have not the same schema.
    #[error(
        "'{older}': has schema {found}, and '{newer}' has {other}; bring both up to date (`gangway db migrate`)"
    )]
    Schemas {
        /// The one with the older schema.
        older: String,
        /// Which.
        found: i64,
        /// The other one.
        newer: String,
        /// Its schema.
        other: i64,
    },
    /// A chain of audit events of the target is not the beginning of the source's.
    #[error(
        "'{place}': tenant {tenant} has audit events that the source has not, so both were written to; \
         name an empty database"
    )]
    Diverged {
        /// The target.
        place: String,
        /// Whose chain.
        tenant: TenantId,
    },
    /// A chain of audit events is broken.
    #[error("'{place}': the chain of audit events of tenant {tenant} is broken")]
    BrokenChain {
        /// Where.
        place: String,
        /// Whose.
        tenant: TenantId,
    },
    /// The copy is not what was copied.
    #[error("'{place}': differs from the source in {rows} rows of {table}; copy again")]
    Differs {
        /// The target.
        place: String,
        /// The table.
        table: &'static str,
        /// How many rows.
        rows: u64,
    },
    /// A row has what no version of this program writes.
    #[error("'{place}': a row of {table} makes no sense")]
    Senseless {
        /// Where.
        place: String,
        /// The table.
        table: &'static str,
    },
}
