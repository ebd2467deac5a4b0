//! Connections, and how long anything may take with them.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, PoolError, RecyclingMethod, Runtime, Timeouts};
use deadpool_postgres::{TimeoutType, tokio_postgres as postgres};
use postgres::types::ToSql;
use postgres::{Row, Statement};
use tokio::time::{Instant, timeout_at};

use crate::postgres::client::address::Address;
use crate::postgres::client::connect::ToAnyHost;
use crate::postgres::client::counts::Counts;
use crate::postgres::client::fault::Fault;
use crate::postgres::client::open_error::told;
use crate::postgres::client::stale_connections::StaleConnections;
use crate::postgres::client::value::Value;
use crate::postgres::{PostgresError, PostgresOptions};
use crate::statistics::PoolStatistics;

/// Connections of one kind.
#[derive(Debug)]
pub(in crate::postgres) struct Pool {
    connections: deadpool_postgres::Pool,
    wait_lasts: Duration,
    connect_lasts: Duration,
    /// Whether its statements may take long, so that silence says nothing.
    is_slow: bool,
    stale: Arc<StaleConnections>,
    counts: Counts,
}

impl Pool {
    /// So many at most, whose statements last no longer than this.
    pub(in crate::postgres) fn new(
        place: &Address,
        options: &PostgresOptions,
        count: usize,
        statements_last: Duration,
        is_slow: bool,
    ) -> Result<Self, PostgresError> {
        let connect = ToAnyHost::new(place, options, statements_last)?;
        // A connection that was given back is as it was: nothing begins a transaction and leaves it open.
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(tokio_postgres::Config::new(), connect, config);
        let stale = Arc::new(StaleConnections::default());
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(count.max(1))
            .runtime(Runtime::Tokio1)
            .pre_recycle(StaleConnections::hook(&stale));
        let connections = pool
            .build()
            .map_err(|error| PostgresError::Sql { place: place.name.clone(), why: error.to_string() })?;
        let (wait_lasts, connect_lasts) = (options.wait_lasts, options.connect_lasts);
        let counts = Counts::default();
        Ok(Self { connections, wait_lasts, connect_lasts, is_slow, stale, counts })
    }

    /// A connection, until then at the latest.
    pub(in crate::postgres) async fn lend(&self, until: Instant) -> Result<Lent<'_>, Fault> {
        let now = Instant::now();
        let left = until.saturating_duration_since(now);
        let timeouts = Timeouts {
            // A little less than there is, so that whoever waits in vain learns what for.
            wait: Some(self.wait_lasts.min(left * 19 / 20)),
            create: Some(self.connect_lasts.min(left)),
            recycle: None,
        };
        match timeout_at(until, self.connections.timeout_get(&timeouts)).await {
            Ok(Ok(connection)) => Ok(Lent { pool: self, connection: Some(connection), since: now }),
            Ok(Err(PoolError::Timeout(TimeoutType::Wait))) => {
                self.counts.waited_in_vain();
                Err(Fault::Crowded)
            }
            Ok(Err(PoolError::Backend(error))) => Err(Fault::Unreachable(told(&error))),
            Ok(Err(PoolError::Closed)) => Err(Fault::Closed),
            Ok(Err(PoolError::Timeout(_))) | Err(_) => Err(Fault::Unreachable("it does not answer".into())),
            Ok(Err(error)) => Err(Fault::Unreachable(error.to_string())),
        }
    }

    /// The rows that a statement answers with, until then at the latest. It is one that only reads: if the connection turns
    /// out to be broken, or says nothing for half of the time, it is asked again over another.
    pub(in crate::postgres) async fn read(
        &self,
        until: Instant,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Fault> {
        let half = Instant::now() + until.saturating_duration_since(Instant::now()) / 2;
        let patience = if self.is_slow { until } else { half };
        match self.write(patience, sql, values).await {
            Err(fault) if fault.is_of_connection() && Instant::now() < until => {
                self.counts.retried(&fault);
                self.write(until, sql, values).await
            }
            outcome => outcome,
        }
    }

    /// The same for a statement that writes, which is not asked again over another connection: it may have been done.
    pub(in crate::postgres) async fn write(
        &self,
        until: Instant,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Fault> {
        let mut pause = FIRST_PAUSE;
        loop {
            let connection = self.lend(until).await?;
            let outcome = in_time(until, connection.rows(sql, values)).await;
            connection.settle(&outcome);
            match &outcome {
                Err(fault) if fault.is_of_chance() && Instant::now() + pause < until => {
                    self.counts.retried(fault);
                }
                Ok(_) | Err(_) => return outcome,
            }
            tokio::time::sleep(pause.mul_f32(rand::random_range(0.0..1.0))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    pub(in crate::postgres) const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How things stand, under this name.
    pub(in crate::postgres) fn statistics(&self, name: &'static str) -> PoolStatistics {
        let status = self.connections.status();
        PoolStatistics {
            name,
            in_use: status.size.saturating_sub(status.available),
            idle: status.available,
            waiting: status.waiting,
            waited_in_vain: self.counts.waits_in_vain(),
        }
    }

    pub(in crate::postgres) fn close(&self) {
        self.connections.close();
    }
}

/// What comes of this, or [`Fault::Late`].
pub(in crate::postgres) async fn in_time<T>(
    until: Instant,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    timeout_at(until, work).await.unwrap_or(Err(Fault::Late))
}

/// A connection somebody has. It is thrown away when it is dropped: whoever does not wait for an answer leaves it
/// behind on the connection. [`Lent::settle`] gives it back.
pub(in crate::postgres) struct Lent<'a> {
    pool: &'a Pool,
    connection: Option<Object>,
    since: Instant,
}

impl Lent<'_> {
    /// The connection itself, for what goes over it in one go.
    pub(in crate::postgres) fn client(&self) -> Result<&Object, Fault> {
        self.connection.as_ref().ok_or(Fault::Closed)
    }

    /// A statement, prepared now or before.
    pub(in crate::postgres) async fn prepare(&self, sql: &str) -> Result<Statement, Fault> {
        tracing::trace!(target: "gangway_store::sql", sql);
        let client = self.client()?;
        if sql.len() > LONGEST_KEPT {
            return Ok(client.prepare(sql).await?);
        }
        if client.statement_cache.size() >= MOST_KEPT {
            client.statement_cache.clear();
        }
        Ok(client.prepare_cached(sql).await?)
    }

    /// The rows that a statement answers with.
    pub(in crate::postgres) async fn rows(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Fault> {
        let statement = self.prepare(sql).await?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        Ok(self.client()?.query(&statement, &values).await?)
    }

    /// Gives the connection back, unless this came of it being unusable; then those that were not used since it was
    /// lent are not used either, as they are likely to be no better.
    pub(in crate::postgres) fn settle<T>(mut self, outcome: &Result<T, Fault>) {
        if !outcome.as_ref().is_err_and(Fault::is_of_connection) {
            drop(self.connection.take());
            return;
        }
        self.pool.stale.everything_before(self.since);
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

/// How long to wait, at most, before something is tried again that came at the same time as something else.
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// The longest statement that is kept prepared, in bytes, and the most of them on a connection: callers' queries have as many
/// texts as they have shapes.
const LONGEST_KEPT: usize = 4096;
const MOST_KEPT: usize = 256;
