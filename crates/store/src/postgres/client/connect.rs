//! How connections are made.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::Connect;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::postgres::client::address::Address;
use crate::postgres::client::tls;
use crate::postgres::{PostgresError, PostgresOptions};

/// Connects to the host that can be written, beginning with the one that could be the last time.
pub(in crate::postgres) struct ToAnyHost {
    hosts: Vec<Config>,
    tls: MakeRustlsConnect,
    first: AtomicUsize,
    /// How long each of the hosts may take, but for the last that is tried.
    lasts: Duration,
    /// What is said first on a new connection.
    greeting: String,
}

type Connecting<'a> = Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

impl ToAnyHost {
    /// For connections whose statements last no longer than this.
    pub(in crate::postgres) fn new(
        place: &Address,
        options: &PostgresOptions,
        statements_last: Duration,
    ) -> Result<Self, PostgresError> {
        let hosts = place.hosts.clone();
        let lasts = options.connect_lasts / u32::try_from(hosts.len()).unwrap_or(u32::MAX).max(1);
        let ms = statements_last.as_millis();
        // Whoever waits for a lock hears that it was in vain, and that nothing was done, while they still wait for the answer.
        // A transaction that was sent in part, as the network broke, holds its locks no longer than any other.
        let greeting = format!(
            "SET statement_timeout = {ms}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {ms}",
            ms * 4 / 5
        );
        Ok(Self { hosts, tls: tls::connector(place)?, first: AtomicUsize::new(0), lasts, greeting })
    }

    /// A connection of its own.
    pub(in crate::postgres) async fn connect_once(&self) -> Result<Client, Error> {
        Ok(self.to_any().await?.0)
    }

    async fn to_any(&self) -> Result<(Client, JoinHandle<()>), Error> {
        let count = self.hosts.len();
        let first = self.first.load(Ordering::Relaxed);
        for turn in 0..count.saturating_sub(1) {
            let which = (first + turn) % count;
            if let Ok(Ok(made)) = tokio::time::timeout(self.lasts, self.to(which)).await {
                return Ok(made);
            }
        }
        // How long this one may take, the pool knows.
        self.to((first + count - 1) % count).await
    }

    async fn to(&self, which: usize) -> Result<(Client, JoinHandle<()>), Error> {
        let (client, connection) = self.hosts[which].connect(self.tls.clone()).await?;
        // It ends with the client.
        let speaking = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(
                    error = crate::postgres::client::open_error::told(&error),
                    "a connection to the database ended"
                );
            }
        });
        client.batch_execute(&self.greeting).await?;
        self.first.store(which, Ordering::Relaxed);
        Ok((client, speaking))
    }
}

impl Connect for ToAnyHost {
    fn connect(&self, _: &Config) -> Connecting<'_> {
        Box::pin(self.to_any())
    }
}
