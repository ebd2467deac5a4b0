//! Whether the audit is what was committed, all of it.

use std::ops::RangeInclusive;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use gangway_domain::{AuditEventId, TenantId};
use tokio_postgres::Row;

use super::{AuditAnswer, PostgresAudit, TENANTS, UNLINKED, key as place};
use crate::audit::key::{AuditKey, StoredEnd};
use crate::audit::{
    AuditHead, AuditReport, Beside, Census, ChainReport, Follower, KnownHeads, Rosters, end, end_columns,
    link_columns, roster, roster_columns,
};
use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;
use crate::rows;

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const END: &str = concat!("SELECT ", end_columns!(), " FROM audit_heads WHERE part = $1 AND tenant = $2");
const ENDS: &str = concat!(
    "SELECT part, tenant, ",
    end_columns!(),
    " FROM audit_heads WHERE part >= $1 AND part <= $2 ORDER BY part, tenant"
);
const ROSTERS: &str = concat!("SELECT part, ", roster_columns!(), " FROM audit_rosters ORDER BY part");
const FIRST: &str =
    "SELECT id FROM audit_events WHERE part = $1 AND tenant = $2 AND seq IS NULL ORDER BY id LIMIT 1";
const LINKS: &str = concat!(
    "SELECT ",
    link_columns!(),
    " FROM audit_events WHERE part = $1 AND tenant = $2 AND seq IS NOT NULL ORDER BY seq"
);

impl PostgresAudit {
    /// Follows the chains of one tenant or of all, tells where each breaks first, and looks whether all of them are there, as
    /// they all were at one moment. It sees whatever was altered in the database, but not an end that was put back with what
    /// proved it, nor a database that was put back as a whole: `known` is for that.
    ///
    /// # Errors
    /// [`PostgresError`](crate::PostgresError) if the database could not be read.
    pub async fn verify(
        self,
        key: &AuditKey,
        tenant: Option<TenantId>,
        known: &KnownHeads,
    ) -> AuditAnswer<AuditReport> {
        self.verified(key, tenant, known).await.map_err(|fault| self.failed(&fault))
    }

    /// Where every chain ends, to be kept elsewhere; whose end this key does not prove is an error of its own.
    ///
    /// # Errors
    /// [`PostgresError`](crate::PostgresError) if the database could not be read.
    pub async fn heads(&self, key: &AuditKey) -> AuditAnswer<Vec<Result<AuditHead, TenantId>>> {
        let mut heads = Vec::new();
        let take = |_, tenant, stored: StoredEnd| {
            let proven = stored.proven(key, tenant).map(|end| AuditHead::new(key, tenant, &end));
            heads.push(proven.ok_or(tenant));
        };
        self.each_end(&(0..=u8::MAX), take).await.map_err(|fault| self.failed(&fault))?;
        Ok(heads)
    }

    async fn verified(
        &self,
        key: &AuditKey,
        tenant: Option<TenantId>,
        known: &KnownHeads,
    ) -> Result<AuditReport, Fault> {
        // It ends with the connection.
        self.client.batch_execute(SNAPSHOT).await?;
        let parts = tenant.map_or(0..=u8::MAX, |tenant| tenant.part().0..=tenant.part().0);
        let mut census = Census::default();
        self.each_end(&parts, |part, tenant, _| census.count(key, part, tenant)).await?;
        let rosters = census.findings(key, parts, &self.rosters().await?);
        let mut all = AuditReport { chains: Vec::new(), rosters };
        if let Some(tenant) = tenant {
            all.chains.push(self.chain(key, tenant, known).await?);
            return Ok(all);
        }
        let of = |row: &Row| Ok((rows::integer(row, 0, "part")?, TenantId(rows::id(row, 1, "tenant")?)));
        let mut seen = Vec::new();
        for (part, tenant) in self.rows(TENANTS, &[], of).await? {
            if part != i64::from(tenant.part().0) {
                all.chains.push(ChainReport::misplaced(tenant, part));
                continue;
            }
            all.chains.push(self.chain(key, tenant, known).await?);
            seen.push(tenant);
        }
        seen.sort_unstable();
        for tenant in known.beside(&seen) {
            all.chains.push(self.chain(key, tenant, known).await?);
        }
        Ok(all)
    }

    async fn chain(
        &self,
        key: &AuditKey,
        tenant: TenantId,
        known: &KnownHeads,
    ) -> Result<ChainReport, Fault> {
        let unlinked = self.rows(UNLINKED, &place(tenant), |row| rows::integer(row, 0, "count")).await?;
        let id = |row: &Row| Ok(AuditEventId(rows::id(row, 0, "id of an audit event")?));
        let first = self.rows(FIRST, &place(tenant), id).await?.first().copied();
        let mut follower = Follower::new(tenant, known.end(tenant));
        tracing::trace!(target: "gangway_store::sql", sql = LINKS);
        // While somebody may still read its rows, nothing else is heard over the connection: so it ends here.
        {
            let mut links = pin!(self.client.query_raw(LINKS, &place(tenant)).await?);
            while let Some(row) = links.try_next().await? {
                if !follower.take(&row)? {
                    break;
                }
            }
        }
        let head = self.rows(END, &place(tenant), |row| end(row, 0)).await?.into_iter().flatten().next();
        let unlinked = unlinked.first().copied().unwrap_or_default();
        Ok(follower.report(key, &Beside { head, unlinked, first }))
    }

    async fn rosters(&self) -> Result<Rosters, Fault> {
        let read = |row: &Row| Ok((rows::integer(row, 0, "part")?, roster(row, 1)?));
        let found = self.rows(ROSTERS, &[], read).await?;
        Ok(found.into_iter().filter_map(|(part, roster)| Some((part, roster?))).collect())
    }

    async fn each_end(
        &self,
        parts: &RangeInclusive<u8>,
        mut take: impl FnMut(i64, TenantId, StoredEnd),
    ) -> Result<(), Fault> {
        let values: [Value<'_>; 2] = [(*parts.start()).into(), (*parts.end()).into()];
        tracing::trace!(target: "gangway_store::sql", sql = ENDS);
        let mut ends = pin!(self.client.query_raw(ENDS, &values).await?);
        while let Some(row) = ends.try_next().await? {
            let (part, tenant) = (rows::integer(&row, 0, "part")?, TenantId(rows::id(&row, 1, "tenant")?));
            if let Some(end) = end(&row, 2)? {
                take(part, tenant, end);
            }
        }
        Ok(())
    }
}
