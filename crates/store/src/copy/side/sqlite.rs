//! Rows of the embedded store. It is asked on the thread of whoever asks, which is a command's and not a server's.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use gangway_domain::Timestamp;
use gangway_engine::Sealed;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Statement, ToSql, params, params_from_iter};

use crate::audit::Rosters;
use crate::copy::error::MoveError;
use crate::copy::moving::Moving;
use crate::copy::table::cell::{Cell, Cells, RowKey, bytes};
use crate::copy::table::row_query::{BESIDE_CHAINS, RowQuery, Wanted};
use crate::copy::table::{Kind, Table};
use crate::sqlite::exchange;
use crate::{AuditKey, OpenError};

/// A database of the embedded store.
pub(crate) struct SqliteSide {
    connection: Connection,
    path: PathBuf,
    key: AuditKey,
    /// Held by who is the only one to have it.
    _lock: Option<File>,
}

impl SqliteSide {
    /// To read, beside a server that runs or without one.
    pub(in crate::copy) fn beside(path: &Path, key: &AuditKey) -> Result<Self, MoveError> {
        let (connection, path) = (exchange::reader(path)?, whole(path)?);
        Ok(Self { connection, path, key: key.clone(), _lock: None })
    }

    /// To write, while no server runs.
    pub(in crate::copy) fn alone(path: &Path, key: &AuditKey) -> Result<Self, MoveError> {
        let (connection, lock) = exchange::writer(path)?;
        Ok(Self { connection, path: whole(path)?, key: key.clone(), _lock: Some(lock) })
    }

    /// Over a connection that writes.
    pub(in crate::copy) fn over(connection: Connection, path: &Path, key: &AuditKey) -> Self {
        Self { connection, path: path.to_owned(), key: key.clone(), _lock: None }
    }

    pub(in crate::copy) fn into_connection(self) -> Connection {
        self.connection
    }

    pub(in crate::copy) fn key(&self) -> AuditKey {
        self.key.clone()
    }

    pub(in crate::copy) fn rosters(&self) -> Result<Rosters, MoveError> {
        Ok(exchange::rosters(&self.connection, &self.path)?)
    }

    pub(in crate::copy) fn batch(&self, sql: &str) -> Result<(), MoveError> {
        self.sql(self.connection.execute_batch(sql))
    }

    pub(in crate::copy) fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, MoveError> {
        result.map_err(|error| OpenError::from_sqlite(&self.path, error).into())
    }

    fn traced(&self, sql: &str) -> Result<rusqlite::CachedStatement<'_>, MoveError> {
        self.sql(self.connection.prepare_cached(sql))
    }

    pub(in crate::copy) fn schema(&self) -> Result<i64, MoveError> {
        self.sql(self.connection.query_row("PRAGMA user_version", [], |row| row.get(0)))
    }

    pub(in crate::copy) fn count(&self, table: &Table) -> Result<u64, MoveError> {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let count: i64 = self.sql(self.connection.query_row(&sql, [], |row| row.get(0)))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    pub(in crate::copy) fn beside_chains(&self) -> Result<i64, MoveError> {
        self.sql(self.connection.query_row(BESIDE_CHAINS, [], |row| row.get(0)))
    }

    pub(in crate::copy) fn rows(&self, asked: &RowQuery<'_>) -> Result<Vec<Cells>, MoveError> {
        let table = asked.table;
        let mut statement = self.traced(&select(asked))?;
        let RowKey { part, tenant, id } = asked.after;
        let mut terms: Vec<Value> = vec![i64::from(part).into(), tenant.to_vec().into()];
        match asked.wanted {
            Wanted::Chained { seq } => terms.push(seq.into()),
            Wanted::ChainOf { behind, up_to } => terms.extend([behind.into(), up_to.into()]),
            Wanted::All | Wanted::Unchained if table.key > 2 => terms.push(id.to_vec().into()),
            Wanted::All | Wanted::Unchained => {}
        }
        if !matches!(asked.wanted, Wanted::ChainOf { .. }) {
            terms.push(i64::from(asked.last_part).into());
        }
        terms.push(i64::from(asked.at_most).into());
        let read = || -> rusqlite::Result<Option<Vec<Cells>>> {
            let mut rows = statement.query(params_from_iter(terms))?;
            let mut read = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = table.columns.iter().enumerate();
                let row: Option<Cells> =
                    cells.map(|(n, (_, kind))| cell(row.get_ref(n).ok()?, *kind)).collect();
                let Some(row) = row else { return Ok(None) };
                read.push(row);
            }
            Ok(Some(read))
        };
        self.sql(read())?.ok_or_else(|| MoveError::Senseless { place: self.name(), table: table.name })
    }

    /// Puts rows in the places of those with the same keys, or adds them, and removes others; all of it at once.
    pub(in crate::copy) fn change(
        &self,
        table: &Table,
        put: &[Cells],
        remove: &[RowKey],
    ) -> Result<(), MoveError> {
        if !self.connection.is_autocommit() {
            return self.change_all(table, put, remove);
        }
        let transaction = self.sql(self.connection.unchecked_transaction())?;
        self.change_all(table, put, remove)?;
        self.sql(transaction.commit())
    }

    fn change_all(&self, table: &Table, put: &[Cells], remove: &[RowKey]) -> Result<(), MoveError> {
        put.iter().try_for_each(|row| self.put(table, row))?;
        remove.iter().try_for_each(|place| self.remove(table, place))
    }

    fn put(&self, table: &Table, row: &[Cell]) -> Result<(), MoveError> {
        let secret = match table.secret() {
            Some(column) => self.secret(table, row, column)?,
            None => None,
        };
        let mut statement = self.traced(&upsert(table))?;
        self.sql(bound(&mut statement, row, table.secret(), secret))
    }

    /// The number of the row's secret, which is in its place then; `None` if it has none, and an old one is destroyed.
    fn secret(&self, table: &Table, row: &[Cell], column: usize) -> Result<Option<i64>, MoveError> {
        let old = self.old_secret(table, row)?;
        let sealed = bytes(row, column).map(|sealed| Sealed(sealed.to_vec()));
        let set = exchange::set_secret(&self.connection, old, sealed);
        self.sql(set.ok_or_else(|| MoveError::Senseless { place: self.name(), table: table.name })?)
    }

    fn old_secret(&self, table: &Table, key: &[Cell]) -> Result<Option<i64>, MoveError> {
        let sql = format!("SELECT secret FROM {} WHERE {}", table.name, is_key(table));
        let mut statement = self.traced(&sql)?;
        let key = params_from_iter(key.iter().take(table.key));
        Ok(self.sql(statement.query_row(key, |row| row.get::<_, Option<i64>>(0)).optional())?.flatten())
    }

    fn remove(&self, table: &Table, place: &RowKey) -> Result<(), MoveError> {
        let key = [
            Cell::Number(place.part.into()),
            Cell::Bytes(place.tenant.to_vec()),
            Cell::Bytes(place.id.to_vec()),
        ];
        if let Some(column) = table.secret() {
            // Of a row that has nothing but a key it is destroyed.
            self.secret(table, &key, column)?;
        }
        let mut statement = self.traced(&format!("DELETE FROM {} WHERE {}", table.name, is_key(table)))?;
        self.sql(statement.execute(params_from_iter(key.iter().take(table.key))).map(drop))
    }

    pub(in crate::copy) fn moving(&self) -> Result<Option<Moving>, MoveError> {
        self.sql(exchange::moving(&self.connection))
    }

    pub(in crate::copy) fn set_moving(&self, moving: Option<&Moving>) -> Result<(), MoveError> {
        let set = || match moving {
            None => self.connection.execute("DELETE FROM moving", []),
            Some(moving) => self.connection.execute(
                "INSERT INTO moving (one, direction, place) VALUES (1, ?1, ?2) \
                 ON CONFLICT (one) DO UPDATE SET direction = excluded.direction, place = excluded.place",
                params![moving.direction(), moving.place()],
            ),
        };
        self.sql(set().map(drop))
    }
}

impl SqliteSide {
    pub(in crate::copy) fn restored_at(&self) -> Result<Option<i64>, MoveError> {
        self.sql(self.connection.query_row("SELECT max(at) FROM restores", [], |row| row.get(0)))
    }

    pub(in crate::copy) fn restored(&self, now: Timestamp) -> Result<(), MoveError> {
        self.sql(exchange::restored(&self.connection, now))
    }

    pub(in crate::copy) fn restored_then(&self, at: i64) -> Result<(), MoveError> {
        self.sql(exchange::restored_then(&self.connection, at))
    }
}

/// Under which name it is known elsewhere, from wherever it was named.
fn whole(path: &Path) -> Result<PathBuf, OpenError> {
    fs::canonicalize(path).map_err(|error| OpenError::from_io(path, error))
}

fn select(asked: &RowQuery<'_>) -> String {
    let table = asked.table;
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|(name, kind)| match kind {
            Kind::Secret => "(SELECT s.sealed FROM secrets AS s WHERE s.id = o.secret)".to_owned(),
            Kind::Part | Kind::Id | Kind::Number | Kind::Text | Kind::Bytes | Kind::Truth => {
                format!("o.{name}")
            }
        })
        .collect();
    let (columns, name) = (columns.join(", "), table.name);
    let after = |key: &str, terms: &str, next: usize| {
        format!("({key}) > ({terms}) AND part <= ?{next} ORDER BY {key} LIMIT ?{}", next + 1)
    };
    let all = |also: &str| {
        let key: Vec<_> = table.names().take(table.key).map(|name| format!("o.{name}")).collect();
        let terms = if table.key == 2 { "?1, ?2" } else { "?1, ?2, ?3" };
        format!("{also}{}", after(&key.join(", "), terms, table.key + 1))
    };
    let condition = match asked.wanted {
        Wanted::All => all(""),
        Wanted::Unchained => all("o.seq IS NULL AND "),
        Wanted::Chained { .. } => {
            format!("o.seq IS NOT NULL AND {}", after("o.part, o.tenant, o.seq", "?1, ?2, ?3", 4))
        }
        Wanted::ChainOf { .. } => {
            "o.part = ?1 AND o.tenant = ?2 AND o.seq > ?3 AND o.seq <= ?4 ORDER BY o.seq LIMIT ?5".into()
        }
    };
    format!("SELECT {columns} FROM {name} AS o WHERE {condition}")
}

fn upsert(table: &Table) -> String {
    let of_secret =
        |(name, kind): &(&'static str, Kind)| if *kind == Kind::Secret { "secret" } else { *name };
    let names: Vec<_> = table.columns.iter().map(of_secret).collect();
    let marks: Vec<_> = (1..=names.len()).map(|n| format!("?{n}")).collect();
    let (columns, marks) = (names.join(", "), marks.join(", "));
    format!("INSERT INTO {} ({columns}) VALUES ({marks}) {}", table.name, table.on_conflict(&names))
}

fn is_key(table: &Table) -> String {
    let terms = table.names().take(table.key).enumerate().map(|(n, name)| format!("{name} = ?{}", n + 1));
    terms.collect::<Vec<_>>().join(" AND ")
}

fn bound(
    statement: &mut Statement<'_>,
    row: &[Cell],
    secret_at: Option<usize>,
    secret: Option<i64>,
) -> rusqlite::Result<()> {
    for (n, cell) in row.iter().enumerate() {
        if Some(n) == secret_at {
            statement.raw_bind_parameter(n + 1, secret)?;
        } else {
            statement.raw_bind_parameter(n + 1, cell)?;
        }
    }
    statement.raw_execute().map(drop)
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Truth(is) => ValueRef::Integer((*is).into()),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// `None` if the column cannot have this.
fn cell(value: ValueRef<'_>, kind: Kind) -> Option<Cell> {
    Some(match (value, kind) {
        (ValueRef::Null, _) => Cell::Null,
        (ValueRef::Integer(number), Kind::Part | Kind::Number) => Cell::Number(number),
        (ValueRef::Integer(number), Kind::Truth) => Cell::Truth(number != 0),
        (ValueRef::Text(text), Kind::Text) => Cell::Text(std::str::from_utf8(text).ok()?.to_owned()),
        (ValueRef::Blob(bytes), Kind::Id | Kind::Bytes) => Cell::Bytes(bytes.to_vec()),
        (value @ ValueRef::Blob(_), Kind::Secret) => Cell::Bytes(exchange::unpadded(value)?.0),
        _ => return None,
    })
}
