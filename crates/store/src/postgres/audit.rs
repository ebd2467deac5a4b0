//! The audit, read beside running nodes or without any.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use gangway_domain::{AuditEventId, TenantId, Timestamp};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::fault::Fault;
use super::place::Place;
use super::value::Value;
use super::{PostgresError, PostgresOptions, migrations};
use crate::audit::{ChainReport, ChainedEvent, Follower, link_columns};
use crate::chain::{ChainHash, Head};
use crate::rows::{self, Row as _, Senseless, columns};

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const TENANTS: &str =
    "SELECT part, tenant FROM audit_events UNION SELECT part, tenant FROM audit_heads ORDER BY part, tenant";
const HEAD: &str = "SELECT seq, hash FROM audit_heads WHERE part = $1 AND tenant = $2";
const UNLINKED: &str =
    "SELECT count(*) FROM audit_events WHERE part = $1 AND tenant = $2 AND seq IS NULL AND hash IS NULL";
const LINKS: &str = concat!(
    "SELECT ",
    link_columns!(),
    " FROM audit_events WHERE part = $1 AND tenant = $2 AND (seq IS NOT NULL OR hash IS NOT NULL) ORDER BY seq"
);
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
        let place = Place::parse(options)?;
        let client = migrations::connect_to_current(options, &place).await?;
        Ok(Self { client, place: place.name })
    }

    /// The tenants that have audit events.
    ///
    /// # Errors
    /// [`PostgresError`] if they could not be read.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, PostgresError> {
        self.all(TENANTS, &[], |row| Ok(TenantId(rows::id(row, 1, "tenant")?))).await
    }

    /// The place of a tenant's last event; 0 if it has none.
    ///
    /// # Errors
    /// [`PostgresError`] if it could not be read.
    pub async fn last(&self, tenant: TenantId) -> Result<u64, PostgresError> {
        let head = self.head(tenant).await.map_err(|fault| self.failed(&fault))?;
        Ok(unsigned(head.seq))
    }

    /// How many events a tenant has from before there were chains. They have no place.
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

    /// Follows the chains of one tenant or of all, and tells where each breaks first, as they all were at one moment. It sees
    /// what was altered in the database, but not a database that was put back as a whole: compare the last hash with one
    /// that was written down elsewhere for that.
    ///
    /// # Errors
    /// [`PostgresError`] if the database could not be read.
    pub async fn verify(self, tenant: Option<TenantId>) -> Result<Vec<ChainReport>, PostgresError> {
        // It ends with the connection.
        self.client.batch_execute(SNAPSHOT).await.map_err(|error| self.failed(&error.into()))?;
        let tenants = match tenant {
            Some(tenant) => vec![tenant],
            None => self.tenants().await?,
        };
        let mut reports = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            reports.push(self.report(tenant).await.map_err(|fault| self.failed(&fault))?);
        }
        Ok(reports)
    }

    async fn report(&self, tenant: TenantId) -> Result<ChainReport, Fault> {
        let unlinked = self.rows(UNLINKED, &key(tenant), |row| rows::integer(row, 0, "count")).await?;
        let mut follower = Follower::new();
        tracing::trace!(target: "gangway_store::sql", sql = LINKS);
        // While somebody may still read its rows, nothing else is heard over the connection: so it ends here.
        {
            let mut links = pin!(self.client.query_raw(LINKS, &key(tenant)).await?);
            while let Some(row) = links.try_next().await? {
                if !follower.take(&row)? {
                    break;
                }
            }
        }
        let head = self.head(tenant).await?;
        Ok(follower.report(tenant, head, unlinked.first().copied().unwrap_or_default()))
    }

    async fn head(&self, tenant: TenantId) -> Result<Head, Fault> {
        let head = |row: &Row| {
            let hash = row.bytes(1).ok().flatten().and_then(|hash| hash.try_into().ok());
            let hash = ChainHash(hash.ok_or(Senseless("hash of a chain"))?);
            Ok(Head { seq: rows::integer(row, 0, "end of a chain")?, hash })
        };
        Ok(self.rows(HEAD, &key(tenant), head).await?.into_iter().next().unwrap_or(Head::START))
    }

    async fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row) -> Read<T>,
    ) -> Answer<Vec<T>> {
        self.rows(sql, values, read).await.map_err(|fault| self.failed(&fault))
    }

    async fn rows<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row) -> Read<T>,
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

type Answer<T> = Result<T, PostgresError>;
type Read<T> = Result<T, Senseless>;

fn key(tenant: TenantId) -> [Value<'static>; 2] {
    [tenant.part().0.into(), tenant.0.into()]
}

/// Places are from 1; the schema sees to it.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> Value<'static> {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}
