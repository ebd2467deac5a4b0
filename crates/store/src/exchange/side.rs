//! Either database, as a source or a target of rows.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gangway_domain::Timestamp;

use super::cell::{Place, Row};
use super::ends;
use super::error::MoveError;
use super::postgres_side::PostgresSide;
use super::sqlite_side::SqliteSide;
use super::table::Table;
use crate::audit::Rosters;
use crate::{AuditKey, PostgresOptions};

/// A database, and the key that proves its audit.
#[derive(Debug, Clone)]
pub enum Database {
    /// One of the embedded store: its file.
    Sqlite(PathBuf, AuditKey),
    /// One in `PostgreSQL`.
    Postgres(PostgresOptions, AuditKey),
}

/// Whether everything moves from or to another database, which is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Moving {
    /// This one is not served from any more.
    To(String),
    /// This one is not served from yet.
    From(String),
}

impl Moving {
    /// As it is stored. What cannot be is taken for what is the safer: nothing is served.
    pub(crate) fn of(direction: &str, place: String) -> Self {
        if direction == "to" { Self::To(place) } else { Self::From(place) }
    }

    pub(crate) const fn direction(&self) -> &'static str {
        match self {
            Self::To(_) => "to",
            Self::From(_) => "from",
        }
    }

    pub(crate) fn place(&self) -> &str {
        match self {
            Self::To(place) | Self::From(place) => place,
        }
    }
}

/// Asks how many audit events there are beside those that chains have, as it was at one moment. It need not look at every event.
pub(super) const BESIDE_CHAINS: &str = "SELECT (SELECT count(*) FROM audit_events) \
    - (SELECT CAST(coalesce(sum(seq), 0) AS bigint) FROM audit_heads)";

/// Which rows are asked for.
pub(super) struct Asked<'a> {
    pub(super) table: &'a Table,
    pub(super) wanted: Wanted,
    pub(super) after: Place,
    pub(super) last_part: u8,
    pub(super) at_most: u16,
}

/// Which rows, in which order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// All, in the order of the key.
    All,
    /// Events without a place in a chain, in the order of the key.
    Unchained,
    /// Events with one, tenant by tenant in the order of their chains; after the place's tenant and this number.
    Chained { seq: i64 },
    /// Those of the place's tenant.
    ChainOf { behind: i64, up_to: i64 },
}

pub(crate) enum Side {
    Sqlite(Mutex<SqliteSide>),
    Postgres(PostgresSide),
}

impl Side {
    /// To read from.
    pub(crate) async fn beside(database: &Database) -> Result<Self, MoveError> {
        Ok(match database {
            Database::Sqlite(path, key) => Self::Sqlite(Mutex::new(SqliteSide::beside(path, key)?)),
            Database::Postgres(options, key) => Self::Postgres(PostgresSide::open(options, key).await?),
        })
    }

    /// To read from and to write to. Of an embedded store, the only one to have it.
    pub(super) async fn alone(database: &Database) -> Result<Self, MoveError> {
        Ok(match database {
            Database::Sqlite(path, key) => Self::Sqlite(Mutex::new(SqliteSide::alone(path, key)?)),
            Database::Postgres(options, key) => Self::Postgres(PostgresSide::open(options, key).await?),
        })
    }

    /// An embedded store's, over a connection that writes.
    pub(crate) fn over(connection: rusqlite::Connection, path: &Path, key: &AuditKey) -> Self {
        Self::Sqlite(Mutex::new(SqliteSide::over(connection, path, key)))
    }

    /// The connection to an embedded store.
    pub(crate) fn into_connection(self) -> Option<rusqlite::Connection> {
        match self {
            Self::Sqlite(side) => {
                Some(side.into_inner().unwrap_or_else(PoisonError::into_inner).into_connection())
            }
            Self::Postgres(_) => None,
        }
    }

    /// What proves its audit.
    pub(super) fn key(&self) -> AuditKey {
        match self {
            Self::Sqlite(side) => held(side).key(),
            Self::Postgres(side) => side.key(),
        }
    }

    /// How many chains its parts have, as it says.
    pub(super) async fn rosters(&self) -> Result<Rosters, MoveError> {
        match self {
            Self::Sqlite(side) => held(side).rosters(),
            Self::Postgres(side) => side.rosters().await,
        }
    }

    /// Keeps others from saying how many chains there are until the transaction ends.
    pub(super) async fn hold_rosters(&self) -> Result<(), MoveError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(side) => side.hold_rosters().await,
        }
    }

    /// Everything from here on is one transaction.
    pub(super) async fn begin(&self) -> Result<(), MoveError> {
        match self {
            Self::Sqlite(side) => held(side).batch("BEGIN IMMEDIATE"),
            Self::Postgres(side) => side.batch("BEGIN").await,
        }
    }

    /// Ends the transaction; everything in it is durable.
    pub(super) async fn commit(&self) -> Result<(), MoveError> {
        self.end("COMMIT").await
    }

    /// Ends the transaction; nothing in it was done.
    pub(super) async fn roll_back(&self) -> Result<(), MoveError> {
        self.end("ROLLBACK").await
    }

    async fn end(&self, sql: &'static str) -> Result<(), MoveError> {
        match self {
            Self::Sqlite(side) => held(side).batch(sql),
            Self::Postgres(side) => side.batch(sql).await,
        }
    }

    /// How it is called, without a password.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Sqlite(side) => held(side).name(),
            Self::Postgres(side) => side.name().to_owned(),
        }
    }

    pub(super) async fn schema(&self) -> Result<i64, MoveError> {
        match self {
            Self::Sqlite(side) => held(side).schema(),
            Self::Postgres(side) => side.schema().await,
        }
    }

    pub(super) async fn count(&self, table: &Table) -> Result<u64, MoveError> {
        match self {
            Self::Sqlite(side) => held(side).count(table),
            Self::Postgres(side) => side.count(table).await,
        }
    }

    /// How many audit events there are beside those that chains have, if each has as many as it says.
    pub(super) async fn beside_chains(&self) -> Result<i64, MoveError> {
        match self {
            Self::Sqlite(side) => held(side).beside_chains(),
            Self::Postgres(side) => side.beside_chains().await,
        }
    }

    pub(super) async fn rows(&self, asked: &Asked<'_>) -> Result<Vec<Row>, MoveError> {
        match self {
            Self::Sqlite(side) => held(side).rows(asked),
            Self::Postgres(side) => side.rows(asked).await,
        }
    }

    /// Puts rows in the places of those with the same keys, or adds them, and removes others. Ends of chains are proven by the
    /// key of this side.
    pub(super) async fn change(&self, table: &Table, put: &[Row], remove: &[Place]) -> Result<(), MoveError> {
        let anew = ends::proven_anew(&self.key(), table, put);
        let put = anew.as_deref().unwrap_or(put);
        match self {
            Self::Sqlite(side) => held(side).change(table, put, remove),
            Self::Postgres(side) => side.change(table, put, remove).await,
        }
    }

    pub(super) async fn moving(&self) -> Result<Option<Moving>, MoveError> {
        match self {
            Self::Sqlite(side) => held(side).moving(),
            Self::Postgres(side) => side.moving().await,
        }
    }

    pub(super) async fn set_moving(&self, moving: Option<&Moving>) -> Result<(), MoveError> {
        match self {
            Self::Sqlite(side) => held(side).set_moving(moving),
            Self::Postgres(side) => side.set_moving(moving).await,
        }
    }
}

impl Side {
    /// When an older copy took its place last, in ticks.
    pub(super) async fn restored_at(&self) -> Result<Option<i64>, MoveError> {
        match self {
            Self::Sqlite(side) => held(side).restored_at(),
            Self::Postgres(side) => side.restored_at().await,
        }
    }

    /// An older copy takes its place now.
    pub(super) async fn restored(&self, now: Timestamp) -> Result<(), MoveError> {
        match self {
            Self::Sqlite(side) => held(side).restored(now),
            Self::Postgres(side) => side.restored(now).await,
        }
    }

    /// One did then.
    pub(super) async fn restored_then(&self, at: i64) -> Result<(), MoveError> {
        match self {
            Self::Sqlite(side) => held(side).restored_then(at),
            Self::Postgres(side) => side.restored_then(at).await,
        }
    }
}

/// For as long as a statement takes; never while anything else is waited for.
fn held(side: &Mutex<SqliteSide>) -> MutexGuard<'_, SqliteSide> {
    side.lock().unwrap_or_else(PoisonError::into_inner)
}
