//! Audit events in the order of their chains, for whoever takes all of them somewhere else.

use std::path::{Path, PathBuf};

use gangway_domain::{AuditEventId, TenantId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{chain_ends, verify};
use crate::audit::ChainedEvent;
use crate::rows;
use crate::sqlite::fault::Fault;
use crate::sqlite::file::{connection, migrations};
use crate::sqlite::{OpenError, SqliteOptions};

const SOME: &str = "SELECT id, tenant, at, activity, actor, correlation, partner, partner_name, generation, changes, \
    seq FROM audit_events \
    WHERE part = ?1 AND tenant = ?2 AND seq > ?3 AND seq <= ?4 AND at >= ?5 ORDER BY seq";
const ID: &str = "SELECT id FROM audit_events WHERE part = ?1 AND tenant = ?2 AND seq = ?3";

/// The audit events of a database, read beside a running server or without one. Each answer is as the database was at one
/// moment, and nothing is held between two, so the server can empty its log meanwhile.
#[derive(Debug)]
pub struct AuditReader {
    connection: Connection,
    path: PathBuf,
}

impl AuditReader {
    /// Opens the database, of this schema and no older one.
    ///
    /// # Errors
    /// [`OpenError`] that names the file and says what to do.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = connection::reader(&SqliteOptions::at(path))?;
        migrations::check_is_current(&connection, path)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// The tenants that have audit events.
    ///
    /// # Errors
    /// [`OpenError`] if they could not be read.
    pub fn tenants(&self) -> Result<Vec<TenantId>, OpenError> {
        let found = verify::tenants(&self.connection).map_err(|error| self.failed(error.into()))?;
        let mut tenants: Vec<_> = found.into_iter().map(|(_, tenant)| tenant).collect();
        tenants.dedup();
        Ok(tenants)
    }

    /// The place of a tenant's last event; 0 if it has none.
    ///
    /// # Errors
    /// [`OpenError`] if it could not be read.
    pub fn last(&self, tenant: TenantId) -> Result<u64, OpenError> {
        chain_ends::last(&self.connection, tenant).map(unsigned).map_err(|fault| self.failed(fault))
    }

    /// How many events of a tenant have no place in its chain: nothing vouches for them.
    ///
    /// # Errors
    /// [`OpenError`] if they could not be counted.
    pub fn without_place(&self, tenant: TenantId) -> Result<u64, OpenError> {
        chain_ends::unlinked(&self.connection, tenant)
            .map(|(count, _)| unsigned(count))
            .map_err(|error| self.failed(error.into()))
    }

    /// Which event has this place; `None` if none has.
    ///
    /// # Errors
    /// [`OpenError`] if it could not be read.
    pub fn at(&self, tenant: TenantId, sequence: u64) -> Result<Option<AuditEventId>, OpenError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(ID)?;
            let key = params![tenant.part().0, tenant.0.as_bytes(), signed(sequence)];
            statement.query_row(key, |row| row.get(0)).optional()
        };
        let id = read().map_err(|error| self.failed(error.into()))?;
        Ok(id.map(|id| AuditEventId(Uuid::from_bytes(id))))
    }

    /// The events of a tenant behind one place and up to another, in order; of these, only what was done at `since` or
    /// later.
    ///
    /// # Errors
    /// [`OpenError`] if they could not be read.
    pub fn events(
        &self,
        tenant: TenantId,
        (behind, up_to): (u64, u64),
        since: Timestamp,
    ) -> Result<Vec<ChainedEvent>, OpenError> {
        let read = || -> Result<Vec<_>, Fault> {
            let mut statement = self.connection.prepare_cached(SOME)?;
            let (part, owner) = (tenant.part().0, tenant.0.as_bytes());
            let terms = params![part, owner, signed(behind), signed(up_to), since.ticks()];
            statement.query_and_then(terms, from_row)?.collect()
        };
        read().map_err(|fault| self.failed(fault))
    }

    fn failed(&self, fault: Fault) -> OpenError {
        OpenError::from_fault(&self.path, fault)
    }
}

fn from_row(row: &Row<'_>) -> Result<ChainedEvent, Fault> {
    Ok(ChainedEvent { sequence: unsigned(row.get(10)?), event: rows::audit_event(row)? })
}

/// Places are from 1; the schema sees to it.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file::migrations::plan;

    #[test]
    fn events_are_found_in_order_without_looking_at_others() {
        for sql in [SOME, ID] {
            let plan = plan(sql);
            assert!(
                plan.len() == 1
                    && plan[0].contains("INDEX audit_events_in_order (part=? AND tenant=? AND seq"),
                "{plan:?}"
            );
        }
    }
}
