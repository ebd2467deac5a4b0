use gangway_engine::Sealed;
use tokio_postgres::Client;

use crate::postgres::client::address::Address;
use crate::postgres::nodes::shared_secret_rows::{FORGET, MAKE, ONE};
use crate::postgres::{PostgresError, PostgresOptions, migrations};

/// The secrets that all nodes of a database have alike, for who needs one of them to open a store.
pub struct SharedSecrets {
    client: Client,
    place: String,
}

impl std::fmt::Debug for SharedSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedSecrets").field("place", &self.place).finish_non_exhaustive()
    }
}

impl SharedSecrets {
    /// Connects to the database, and brings its schema up to date if the options say so.
    ///
    /// # Errors
    /// [`PostgresError`] that names the database and says what to do.
    pub async fn open(options: &PostgresOptions) -> Result<Self, PostgresError> {
        let place = Address::parse(options)?;
        let client = migrations::check_or_run_over(options, &place).await?;
        Ok(Self { client, place: place.name })
    }

    /// The secret of this name, if there is one.
    ///
    /// # Errors
    /// [`PostgresError`] if it could not be read.
    pub async fn get(&self, name: &str) -> Result<Option<Sealed>, PostgresError> {
        tracing::trace!(target: "gangway_store::sql", sql = ONE);
        let rows = self.client.query(ONE, &[&name]).await.map_err(|error| self.failed(&error))?;
        let sealed = rows.first().map(|row| row.try_get(0)).transpose();
        Ok(sealed.map_err(|error| self.failed(&error))?.map(Sealed))
    }

    /// Makes it, unless there is one of this name: whoever comes first makes it.
    ///
    /// # Errors
    /// [`PostgresError`] if it could not be written.
    pub async fn make(&self, name: &str, sealed: &Sealed) -> Result<(), PostgresError> {
        tracing::trace!(target: "gangway_store::sql", sql = MAKE);
        self.client.execute(MAKE, &[&name, &sealed.0]).await.map(drop).map_err(|error| self.failed(&error))
    }

    /// Forgets it, so that whoever comes next makes another.
    ///
    /// # Errors
    /// [`PostgresError`] if it could not be written.
    pub async fn forget(&self, name: &str) -> Result<(), PostgresError> {
        tracing::trace!(target: "gangway_store::sql", sql = FORGET);
        self.client.execute(FORGET, &[&name]).await.map(drop).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &tokio_postgres::Error) -> PostgresError {
        PostgresError::from_sql(&self.place, error)
    }
}
