use std::path::Path;

use gangway_domain::{AuditEventId, TenantId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{OpenError, SqliteOptions, connection};
use crate::chain::{ChainHash, Fields, Head};

const HEAD: &str = "SELECT seq, hash FROM audit_heads WHERE part = ?1 AND tenant = ?2";
const SET_HEAD: &str = "INSERT INTO audit_heads (part, tenant, seq, hash) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT (part, tenant) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
const TENANTS: &str = "SELECT tenant FROM audit_events UNION SELECT tenant FROM audit_heads";
const UNLINKED: &str =
    "SELECT count(*) FROM audit_events WHERE part = ?1 AND tenant = ?2 AND seq IS NULL AND hash IS NULL";
const LINKS: &str = "SELECT seq, hash, tenant, id, at, activity, operation, result, correlation, actor, partner, \
    partner_name, generation, changes FROM audit_events \
    WHERE part = ?1 AND tenant = ?2 AND (seq IS NOT NULL OR hash IS NOT NULL) ORDER BY seq";

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

/// What verifying one tenant's chain has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Whose chain.
    pub tenant: TenantId,
    /// How many links were found whole, from the first on.
    pub links: u64,
    /// Events from before there were chains; nothing can be said of them.
    pub unlinked: u64,
    /// What became of the rest.
    pub finding: Finding,
}

/// How a chain ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// With its last link, whose hash this is; `None` if it has no link at all.
    Whole(Option<ChainHash>),
    /// The event with this number was altered, or one before it was and the chain was not mended.
    Altered {
        /// The number of the event in its chain, from 1.
        seq: i64,
        /// Its id, as far as that can be believed.
        event: AuditEventId,
    },
    /// The event that should have this number is not there.
    Missing {
        /// The number, from 1.
        seq: i64,
    },
    /// The chain ends with this number, but the head kept beside it says otherwise: the end was cut off, or the
    /// head was altered.
    HeadDiffers {
        /// The number of the last event there is.
        seq: i64,
    },
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
    reports(&snapshot, tenant).map_err(sql)
}

pub(super) fn reports(
    connection: &Connection,
    tenant: Option<TenantId>,
) -> rusqlite::Result<Vec<ChainReport>> {
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

fn report(connection: &Connection, tenant: TenantId) -> rusqlite::Result<ChainReport> {
    let unlinked = unlinked(connection, tenant)?;
    let (last, broken) = follow(connection, tenant)?;
    let finding = match broken {
        Some(finding) => finding,
        None if last != head(connection, tenant)? => Finding::HeadDiffers { seq: last.seq },
        None => Finding::Whole((last != Head::START).then_some(last.hash)),
    };
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(ChainReport { tenant, links: unsigned(last.seq), unlinked: unsigned(unlinked), finding })
}

/// The last link that is whole, and what is wrong with the one after it.
fn follow(connection: &Connection, tenant: TenantId) -> rusqlite::Result<(Head, Option<Finding>)> {
    let mut statement = connection.prepare_cached(LINKS)?;
    let mut rows = statement.query(params![tenant.part().0, tenant.0.as_bytes()])?;
    let mut last = Head::START;
    while let Some(row) = rows.next()? {
        let stored: (Option<i64>, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?);
        if stored.0.is_some_and(|seq| seq > last.seq + 1) {
            return Ok((last, Some(Finding::Missing { seq: last.seq + 1 })));
        }
        let next = last.next(&fields(row)?.digest());
        if stored != (Some(next.seq), Some(next.hash.0.to_vec())) {
            let event = AuditEventId(Uuid::from_bytes(row.get(3)?));
            return Ok((last, Some(Finding::Altered { seq: next.seq, event })));
        }
        last = next;
    }
    Ok((last, None))
}

fn fields<'a>(row: &'a Row<'_>) -> rusqlite::Result<Fields<'a>> {
    let text = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
    let blob = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_blob()?);
    Ok(Fields {
        tenant: blob(2)?,
        id: blob(3)?,
        at: row.get(4)?,
        activity: text(5)?,
        operation: text(6)?,
        result: text(7)?,
        correlation: blob(8)?,
        actor: text(9)?,
        partner: blob(10)?,
        partner_name: text(11)?,
        generation: row.get(12)?,
        changes: text(13)?,
    })
}
