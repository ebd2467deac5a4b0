use std::path::Path;

use gangway_domain::TenantId;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::fault::Fault;
use super::{OpenError, SqliteOptions, connection};
use crate::audit::{ChainReport, Follower, link_columns};
use crate::chain::{ChainHash, Head};

const HEAD: &str = "SELECT seq, hash FROM audit_heads WHERE part = ?1 AND tenant = ?2";
const SET_HEAD: &str = "INSERT INTO audit_heads (part, tenant, seq, hash) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT (part, tenant) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
const TENANTS: &str = "SELECT tenant FROM audit_events UNION SELECT tenant FROM audit_heads";
const UNLINKED: &str =
    "SELECT count(*) FROM audit_events WHERE part = ?1 AND tenant = ?2 AND seq IS NULL AND hash IS NULL";
const LINKS: &str = concat!(
    "SELECT ",
    link_columns!(),
    " FROM audit_events WHERE part = ?1 AND tenant = ?2 AND (seq IS NOT NULL OR hash IS NOT NULL) ORDER BY seq"
);

/// The end of a tenant's chain.
pub(super) fn head(connection: &Connection, tenant: TenantId) -> rusqlite::Result<Head> {
    let key = params![tenant.part().0, tenant.0.as_bytes()];
    let read = |row: &Row<'_>| Ok(Head { seq: row.get(0)?, hash: ChainHash(row.get(1)?) });
    Ok(connection.prepare_cached(HEAD)?.query_row(key, read).optional()?.unwrap_or(Head::START))
}

pub(super) fn set_head(connection: &Connection, tenant: TenantId, head: Head) -> rusqlite::Result<()> {
    let row = params![tenant.part().0, tenant.0.as_bytes(), head.seq, head.hash.0];
    connection.prepare_cached(SET_HEAD)?.execute(row).map(drop)
}

/// Follows the chains of one tenant or of all, and tells where each breaks first. Works beside a server that is
/// running. It sees what was altered in the database, but not a database that was put back as a whole: compare
/// the last hash with one that was written down elsewhere for that.
///
/// # Errors
/// [`OpenError`] if the database cannot be read.
pub fn verify_audit(path: &Path, tenant: Option<TenantId>) -> Result<Vec<ChainReport>, OpenError> {
    let sql = |error| OpenError::from_sqlite(path, error);
    let mut connection = connection::reader(&SqliteOptions::at(path))?;
    super::migrations::check(&connection, path)?;
    // One transaction, so that all of it is as it was at one moment.
    let snapshot = connection.transaction().map_err(sql)?;
    reports(&snapshot, tenant).map_err(|fault| OpenError::from_fault(path, fault))
}

pub(super) fn reports(connection: &Connection, tenant: Option<TenantId>) -> Result<Vec<ChainReport>, Fault> {
    let tenants = match tenant {
        Some(tenant) => vec![tenant],
        None => tenants(connection)?,
    };
    tenants.into_iter().map(|tenant| report(connection, tenant)).collect()
}

pub(super) fn tenants(connection: &Connection) -> rusqlite::Result<Vec<TenantId>> {
    let mut statement = connection.prepare(TENANTS)?;
    statement.query_map([], |row| Ok(TenantId(Uuid::from_bytes(row.get(0)?))))?.collect()
}

pub(super) fn unlinked(connection: &Connection, tenant: TenantId) -> rusqlite::Result<i64> {
    let key = params![tenant.part().0, tenant.0.as_bytes()];
    connection.prepare_cached(UNLINKED)?.query_row(key, |row| row.get(0))
}

fn report(connection: &Connection, tenant: TenantId) -> Result<ChainReport, Fault> {
    let unlinked = unlinked(connection, tenant)?;
    let mut statement = connection.prepare_cached(LINKS)?;
    let mut rows = statement.query(params![tenant.part().0, tenant.0.as_bytes()])?;
    let mut follower = Follower::new();
    while let Some(row) = rows.next()? {
        if !follower.take(row)? {
            break;
        }
    }
    Ok(follower.report(tenant, head(connection, tenant)?, unlinked))
}
