//! Whether the audit is what was committed, all of it.

use std::ops::RangeInclusive;
use std::path::Path;

use gangway_domain::{AuditEventId, TenantId};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::chain_ends;
use crate::audit::key::AuditKey;
use crate::audit::{
    AuditHead, AuditReport, Beside, Census, ChainReport, Follower, KnownHeads, end, end_columns, link_columns,
};
use crate::rows::{self, Row as _};
use crate::sqlite::fault::Fault;
use crate::sqlite::file::{connection, migrations};
use crate::sqlite::{OpenError, SqliteOptions};

const TENANTS: &str =
    "SELECT part, tenant FROM audit_events UNION SELECT part, tenant FROM audit_heads ORDER BY part, tenant";
const LINKS: &str = concat!(
    "SELECT ",
    link_columns!(),
    " FROM audit_events WHERE part = ?1 AND tenant = ?2 AND seq IS NOT NULL ORDER BY seq"
);
const ENDS: &str = concat!(
    "SELECT part, tenant, ",
    end_columns!(),
    " FROM audit_heads WHERE part BETWEEN ?1 AND ?2 ORDER BY part, tenant"
);

/// Follows the chains of one tenant or of all, tells where each breaks first, and looks whether all of them are there. Works
/// beside a server that is running. It sees whatever was altered in the database, but not an end that was put back with what
/// proved it, nor a database that was put back as a whole: `known` is for that.
///
/// # Errors
/// [`OpenError`] if the database cannot be read.
pub fn verify_audit(
    path: &Path,
    key: &AuditKey,
    tenant: Option<TenantId>,
    known: &KnownHeads,
) -> Result<AuditReport, OpenError> {
    snapshot(path, |connection| report(connection, key, tenant, known))
}

/// Where every chain ends, to be kept elsewhere; whose end this key does not prove is an error of its own.
///
/// # Errors
/// [`OpenError`] if the database cannot be read.
pub fn audit_heads(path: &Path, key: &AuditKey) -> Result<Vec<Result<AuditHead, TenantId>>, OpenError> {
    snapshot(path, |connection| {
        let mut heads = Vec::new();
        each_end(connection, &(0..=u8::MAX), |_, tenant, stored| {
            let proven = stored.proven(key, tenant).map(|end| AuditHead::new(key, tenant, &end));
            heads.push(proven.ok_or(tenant));
        })?;
        Ok(heads)
    })
}

/// One transaction, so that all of it is as it was at one moment.
fn snapshot<T>(path: &Path, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, OpenError> {
    let mut connection = connection::reader(&SqliteOptions::at(path))?;
    migrations::check_is_current(&connection, path)?;
    let snapshot = connection.transaction().map_err(|error| OpenError::from_sqlite(path, error))?;
    read(&snapshot).map_err(|fault| OpenError::from_fault(path, fault))
}

pub(in crate::sqlite) fn report(
    connection: &Connection,
    key: &AuditKey,
    tenant: Option<TenantId>,
    known: &KnownHeads,
) -> Result<AuditReport, Fault> {
    let parts = tenant.map_or(0..=u8::MAX, |tenant| tenant.part().0..=tenant.part().0);
    let mut census = Census::default();
    each_end(connection, &parts, |part, tenant, _| census.count(key, part, tenant))?;
    let rosters = census.findings(key, parts.clone(), &chain_ends::rosters(connection, &parts)?);
    let mut all = AuditReport { chains: Vec::new(), rosters };
    if let Some(tenant) = tenant {
        all.chains.push(chain(connection, key, tenant, known)?);
        return Ok(all);
    }
    let mut seen = Vec::new();
    for (part, tenant) in tenants(connection)? {
        if part != i64::from(tenant.part().0) {
            all.chains.push(ChainReport::misplaced(tenant, part));
            continue;
        }
        all.chains.push(chain(connection, key, tenant, known)?);
        seen.push(tenant);
    }
    seen.sort_unstable();
    for tenant in known.beside(&seen) {
        all.chains.push(chain(connection, key, tenant, known)?);
    }
    Ok(all)
}

/// The tenants that have an event or an end of a chain, and the parts these are in.
pub(super) fn tenants(connection: &Connection) -> rusqlite::Result<Vec<(i64, TenantId)>> {
    let mut statement = connection.prepare(TENANTS)?;
    statement.query_map([], |row| Ok((row.get(0)?, TenantId(Uuid::from_bytes(row.get(1)?)))))?.collect()
}

fn each_end(
    connection: &Connection,
    parts: &RangeInclusive<u8>,
    mut take: impl FnMut(i64, TenantId, crate::audit::key::StoredEnd),
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(ENDS)?;
    let mut rows = statement.query(params![parts.start(), parts.end()])?;
    while let Some(row) = rows.next()? {
        let tenant = TenantId(rows::id(row, 1, "tenant")?);
        if let (Ok(Some(part)), Some(end)) = (row.integer(0), end(row, 2)?) {
            take(part, tenant, end);
        }
    }
    Ok(())
}

fn chain(
    connection: &Connection,
    key: &AuditKey,
    tenant: TenantId,
    known: &KnownHeads,
) -> Result<ChainReport, Fault> {
    let (unlinked, first) = chain_ends::unlinked(connection, tenant)?;
    let mut statement = connection.prepare_cached(LINKS)?;
    let mut rows = statement.query(params![tenant.part().0, tenant.0.as_bytes()])?;
    let mut follower = Follower::new(tenant, known.end(tenant));
    while let Some(row) = rows.next()? {
        if !follower.take(row)? {
            break;
        }
    }
    let head = chain_ends::stored_end(connection, tenant)?;
    let first = first.map(|id| AuditEventId(Uuid::from_bytes(id)));
    Ok(follower.report(key, &Beside { head, unlinked, first }))
}
