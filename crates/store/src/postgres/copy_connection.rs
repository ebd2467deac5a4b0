//! What the exchange of rows with other stores needs of this one: a connection of its own, which may take its time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::client::connect;
use super::{PostgresError, PostgresOptions, migrations};
use crate::copy::Moving;
use crate::postgres::client::address::Address;
use crate::postgres::client::open_error::told;

pub(crate) use crate::postgres::client::value::Value;

/// Texts of statements that are kept prepared. Those of rows written at once have as many as there are numbers of them.
const MOST_KEPT: usize = 200;

/// A connection to a database whose schema is this program's.
pub(crate) struct Connection {
    client: Client,
    name: String,
    statements: Mutex<HashMap<String, Statement>>,
}

/// A statement failed.
#[derive(Debug)]
pub(crate) struct Failed(tokio_postgres::Error);

impl Connection {
    pub(crate) async fn open(options: &PostgresOptions) -> Result<Self, PostgresError> {
        let place = Address::parse(options)?;
        migrations::check_or_run(options, &place).await?;
        let to = connect::ToAnyHost::new(&place, options, Duration::ZERO)?;
        let client = to.connect_once().await.map_err(|error| PostgresError::from_sql(&place.name, &error))?;
        Ok(Self { client, name: place.name, statements: Mutex::default() })
    }

    /// Host and database, without a password.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The rows a statement answers with.
    pub(crate) async fn rows<V: ToSql + Sync>(&self, sql: &str, values: &[V]) -> Result<Vec<Row>, Failed> {
        let statement = self.prepared(sql).await.map_err(Failed)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        self.client.query(&statement, &values).await.map_err(Failed)
    }

    /// Begins or ends a transaction.
    pub(crate) async fn batch(&self, sql: &str) -> Result<(), Failed> {
        self.client.batch_execute(sql).await.map_err(Failed)
    }

    async fn prepared(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        let kept = self.statements.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = kept {
            return Ok(statement);
        }
        tracing::trace!(target: "gangway_store::sql", sql);
        let statement = self.client.prepare(sql).await?;
        let mut kept = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Whether it is on its way from or to another database.
    pub(crate) async fn moving(&self) -> Result<Option<Moving>, PostgresError> {
        let rows = self.rows::<Value<'_>>("SELECT direction, place FROM moving WHERE one = 1", &[]).await;
        let rows = rows.map_err(|error| error.told(&self.name))?;
        let read = |row: &Row| Some(Moving::of(row.try_get(0).ok()?, row.try_get(1).ok()?));
        Ok(rows.first().and_then(read))
    }
}

impl Failed {
    /// Whether others were faster, and the same may well succeed now.
    pub(crate) fn is_conflict(&self) -> bool {
        self.0.code().is_some_and(|code| ["40001", "40P01"].contains(&code.code()))
    }

    pub(crate) fn told(&self, name: &str) -> PostgresError {
        match self.0.as_db_error() {
            Some(_) => PostgresError::Sql { place: name.to_owned(), why: told(&self.0) },
            None => PostgresError::from_sql(name, &self.0),
        }
    }
}
