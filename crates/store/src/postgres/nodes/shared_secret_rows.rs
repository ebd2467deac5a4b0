//! Secrets that all nodes have alike. Whoever comes first makes them.

use gangway_engine::{Sealed, StoreError};

use crate::postgres::PostgresStore;
use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;

pub(in crate::postgres) const ONE: &str = "SELECT sealed FROM shared_secrets WHERE name = $1";
pub(in crate::postgres) const MAKE: &str =
    "INSERT INTO shared_secrets (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
pub(in crate::postgres) const FORGET: &str = "DELETE FROM shared_secrets WHERE name = $1";
const RESEAL: &str = "UPDATE shared_secrets SET sealed = $3 WHERE name = $1 AND sealed = $2 RETURNING name";

impl PostgresStore {
    pub(crate) async fn shared_secret(&self, name: &str) -> Result<Option<Sealed>, StoreError> {
        let rows = self.points.read(self.point_ends(), ONE, &[Value::Text(name)]).await?;
        let sealed = rows.first().map(|row| row.try_get(0)).transpose().map_err(Fault::from)?;
        Ok(sealed.map(Sealed))
    }

    pub(crate) async fn make_shared_secret(&self, name: &str, sealed: &Sealed) -> Result<(), StoreError> {
        let values = [Value::Text(name), Value::Bytes(&sealed.0)];
        // Tried again, it finds what is there.
        self.points.read(self.point_ends(), MAKE, &values).await?;
        Ok(())
    }

    pub(crate) async fn reseal_shared_secret(
        &self,
        name: &str,
        old: &Sealed,
        sealed: &Sealed,
    ) -> Result<bool, StoreError> {
        let values = [Value::Text(name), Value::Bytes(&old.0), Value::Bytes(&sealed.0)];
        Ok(!self.write(RESEAL, &values).await?.is_empty())
    }
}
