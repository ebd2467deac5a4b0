//! A tiny client of PostgreSQL, for looking at it: every value as text, every statement within two
//! seconds.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::Fallible;

const WITHIN: Duration = Duration::from_secs(2);

/// A connection as the superuser.
#[derive(Debug)]
pub(crate) struct Sql {
    runtime: Runtime,
    client: Client,
}

impl Sql {
    /// To a database at this address.
    pub(crate) fn connect(address: &str, database: &str) -> Fallible<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut config = Config::new();
        config.host(address).user("postgres").password("postgres").dbname(database).connect_timeout(WITHIN);
        let client = runtime.block_on(async {
            let (client, connection) = tokio::time::timeout(WITHIN, config.connect(NoTls)).await??;
            // It ends with its client.
            tokio::spawn(async move { drop(connection.await) });
            Fallible::Ok(client)
        })?;
        Ok(Self { runtime, client })
    }

    /// The rows of one statement, NULL as an empty text.
    pub(crate) fn rows(&mut self, statement: &str) -> Fallible<Vec<Vec<String>>> {
        self.rows_within(statement, WITHIN)
    }

    /// As [`Sql::rows`], for what may take longer.
    pub(crate) fn rows_within(&mut self, statement: &str, within: Duration) -> Fallible<Vec<Vec<String>>> {
        let asked = async { tokio::time::timeout(within, self.client.simple_query(statement)).await };
        let messages = self.runtime.block_on(asked)??;
        let mut rows = Vec::new();
        for message in messages {
            if let SimpleQueryMessage::Row(row) = message {
                rows.push((0..row.len()).map(|n| row.get(n).unwrap_or_default().to_owned()).collect());
            }
        }
        Ok(rows)
    }
}
