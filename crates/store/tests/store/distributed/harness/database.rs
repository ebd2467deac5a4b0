use gangway_store::{PostgresOptions, PostgresStore, RetryReason};
use tokio_postgres::{Client, NoTls};

use crate::distributed::options_of_a_patient_store;
use crate::samples::key;

/// A database of a test's own.
pub(crate) struct Database(pub(crate) PostgresOptions);

impl Database {
    pub(crate) async fn new() -> Self {
        Self(options_of_a_patient_store().await)
    }

    /// A node's store.
    pub(crate) async fn open(&self) -> PostgresStore {
        self.open_as(|_| {}).await
    }

    pub(crate) async fn open_as(&self, set: impl FnOnce(&mut PostgresOptions)) -> PostgresStore {
        let mut options = self.0.clone();
        set(&mut options);
        PostgresStore::open(&options, &key()).await.unwrap()
    }

    /// A connection past the store.
    pub(crate) async fn outsider(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.0.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

/// How often the store has asked again for this reason.
pub(crate) fn retries(store: &PostgresStore, reason: RetryReason) -> u64 {
    store.statistics().retries.iter().find(|(counted, _)| *counted == reason).unwrap().1
}

/// Waits until some of the database's backends wait for locks of others.
pub(crate) async fn somebody_waits(outsider: &Client, backends: i64) -> Vec<i32> {
    const WAITING: &str = "SELECT pid FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()";
    loop {
        let rows = outsider.query(WAITING, &[]).await.unwrap();
        if i64::try_from(rows.len()).unwrap() >= backends {
            return rows.iter().map(|row| row.get(0)).collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
