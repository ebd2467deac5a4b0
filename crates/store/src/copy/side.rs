//! Either database, as a source or a target of rows.

mod postgres;
mod sqlite;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gangway_domain::Timestamp;

use crate::audit::Rosters;
use crate::copy::chains::end_rows;
use crate::copy::error::MoveError;
use crate::copy::moving::Moving;
use crate::copy::side::postgres::PostgresSide;
use crate::copy::side::sqlite::SqliteSide;
use crate::copy::table::Table;
use crate::copy::table::cell::{Cells, RowKey};
use crate::copy::table::row_query::RowQuery;
use crate::{AuditKey, PostgresOptions};

/// A database, and the key that proves its audit.
#[derive(Debug, Clone)]
pub enum Database {
    /// One of the embedded store: its file.
    Sqlite(PathBuf, AuditKey),
    /// One in `PostgreSQL`.
    Postgres(PostgresOptions, AuditKey),
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

    pub(super) async fn rows(&self, asked: &RowQuery<'_>) -> Result<Vec<Cells>, MoveError> {
        match self {
            Self::Sqlite(side) => held(side).rows(asked),
            Self::Postgres(side) => side.rows(asked).await,
        }
    }

    /// Puts rows in the places of those with the same keys, or adds them, and removes others. Ends of chains are proven by the
    /// key of this side.
    pub(super) async fn change(
        &self,
        table: &Table,
        put: &[Cells],
        remove: &[RowKey],
    ) -> Result<(), MoveError> {
        let anew = end_rows::proven_anew(&self.key(), table, put);
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
