//! The audit, read beside running nodes or without any.

mod verify;

use gangway_domain::{AuditEventId, TenantId, Timestamp};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::{PostgresError, PostgresOptions, migrations};
use crate::audit::ChainedEvent;
use crate::postgres::client::address::Address;
use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;
use crate::rows::{self, Senseless, columns};

const TENANTS: &str =
    "SELECT part, tenant FROM audit_events UNION SELECT part, tenant FROM audit_heads ORDER BY part, tenant";
const LAST: &str = "SELECT seq FROM audit_heads WHERE part = $1 AND tenant = $2";
const UNLINKED: &str = "SELECT count(*) FROM audit_events WHERE part = $1 AND tenant = $2 AND seq IS NULL";
const SOME: &str = concat!(
    "SELECT ",
    columns::audit_event!(),
    ", seq FROM audit_events WHERE part = $1 AND tenant = $2 AND seq > $3 AND seq <= $4 AND at >= $5 ORDER BY seq"
);
const ID: &str = "SELECT id FROM audit_events WHERE part = $1 AND tenant = $2 AND seq = $3";

/// The audit events of a database. Each answer is as the database was at one moment.
pub struct PostgresAudit {
    client: Client,
    place: String,
}

impl std::fmt::Debug for PostgresAudit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresAudit").field("place", &self.place).finish_non_exhaustive()
    }
}

impl PostgresAudit {
    /// Connects to the database, which has this program's schema and no older one; nothing is changed.
    ///
    /// # Errors
    /// [`PostgresError`] that names the database and says what to do.
    pub async fn open(options: &PostgresOptions) -> Result<Self, PostgresError> {
        let place = Address::parse(options)?;
        let client = migrations::connect_to_current(options, &place).await?;
        Ok(Self { client, place: place.name })
    }

    /// The tenants that have audit events.
    ///
    /// # Errors
    /// [`PostgresError`] if they could not be read.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, PostgresError> {
        let mut tenants = self.all(TENANTS, &[], |row| Ok(TenantId(rows::id(row, 1, "tenant")?))).await?;
        tenants.dedup();
        Ok(tenants)
    }

    /// The place of a tenant's last event; 0 if it has none.
    ///
    /// # Errors
    /// [`PostgresError`] if it could not be read.
    pub async fn last(&self, tenant: TenantId) -> Result<u64, PostgresError> {
        let last = self.all(LAST, &key(tenant), |row| rows::unsigned(row, 0, "end of a chain")).await?;
        Ok(last.first().copied().unwrap_or_default())
    }

    /// How many events of a tenant have no place in its chain: nothing vouches for them.
    ///
    /// # Errors
    /// [`PostgresError`] if they could not be counted.
    pub async fn without_place(&self, tenant: TenantId) -> Result<u64, PostgresError> {
        let count = self.all(UNLINKED, &key(tenant), |row| rows::unsigned(row, 0, "count")).await?;
        Ok(count.first().copied().unwrap_or_default())
    }

    /// Which event has this place; `None` if none has.
    ///
    /// # Errors
    /// [`PostgresError`] if it could not be read.
    pub async fn at(&self, tenant: TenantId, sequence: u64) -> Result<Option<AuditEventId>, PostgresError> {
        let [part, owner] = key(tenant);
        let id = |row: &Row| Ok(AuditEventId(rows::id(row, 0, "id of an audit event")?));
        Ok(self.all(ID, &[part, owner, signed(sequence)], id).await?.into_iter().next())
    }

    /// The events of a tenant behind one place and up to another, in order; of these, only what was done at `since` or
    /// later.
    ///
    /// # Errors
    /// [`PostgresError`] if they could not be read.
    pub async fn events(
        &self,
        tenant: TenantId,
        (behind, up_to): (u64, u64),
        since: Timestamp,
    ) -> Result<Vec<ChainedEvent>, PostgresError> {
        let [part, owner] = key(tenant);
        let values = [part, owner, signed(behind), signed(up_to), since.ticks().into()];
        let event = |row: &Row| {
            let sequence = rows::unsigned(row, 10, "place of an audit event")?;
            Ok(ChainedEvent { sequence, event: rows::audit_event(row)? })
        };
        self.all(SOME, &values, event).await
    }

    async fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row) -> AuditRead<T>,
    ) -> AuditAnswer<Vec<T>> {
        self.rows(sql, values, read).await.map_err(|fault| self.failed(&fault))
    }

    async fn rows<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row) -> AuditRead<T>,
    ) -> Result<Vec<T>, Fault> {
        tracing::trace!(target: "gangway_store::sql", sql);
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let rows = self.client.query(sql, &values).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    fn failed(&self, fault: &Fault) -> PostgresError {
        if let Fault::Sql(error) = fault {
            return PostgresError::from_sql(&self.place, error);
        }
        PostgresError::Sql { place: self.place.clone(), why: fault.to_string() }
    }
}

type AuditAnswer<T> = Result<T, PostgresError>;
type AuditRead<T> = Result<T, Senseless>;

fn key(tenant: TenantId) -> [Value<'static>; 2] {
    [tenant.part().0.into(), tenant.0.into()]
}

fn signed(number: u64) -> Value<'static> {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}
