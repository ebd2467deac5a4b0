//! By what a changeset is known again.

use gangway_domain::{ChangesetId, TenantId, Timestamp};
use gangway_engine::{Record, StoreError};
use rusqlite::{Connection, params};

use super::audit_event::AuditWrite;
use super::keys::key;
use crate::changeset::first_id_of;
use crate::sqlite::audit::chain_ends::Ends;
use crate::sqlite::fault::{self, Fault};
use crate::sqlite::verdict::Spoiled;

const IS_EVENT: &str =
    "SELECT EXISTS (SELECT 1 FROM audit_events WHERE part = ?1 AND tenant = ?2 AND id = ?3)";
const IS_SILENT: &str = "SELECT EXISTS (SELECT 1 FROM commits WHERE part = ?1 AND tenant = ?2 AND id = ?3)";
const INSERT: &str = "INSERT INTO commits (part, tenant, id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const FORGET: &str = "DELETE FROM commits WHERE (part, tenant, id) IN \
    (SELECT part, tenant, id FROM commits WHERE id < ?1 ORDER BY id LIMIT ?2)";

/// What a changeset leaves behind.
#[derive(Debug)]
pub(in crate::sqlite) struct RecordWrite {
    tenant: TenantId,
    id: ChangesetId,
    event: Option<AuditWrite>,
}

impl RecordWrite {
    pub(in crate::sqlite) fn new(record: Record, tenant: TenantId) -> Result<Self, StoreError> {
        let id = record.id();
        let event = match record {
            Record::Event(event) => Some(AuditWrite::new(event)?),
            Record::Silent(_) => None,
        };
        Ok(Self { tenant, id, event })
    }

    /// Whether a changeset with this id was committed before.
    pub(in crate::sqlite) fn exists(&self, connection: &Connection) -> rusqlite::Result<bool> {
        exists(connection, self.tenant, self.id)
    }

    /// Whether the id was free; if it was not, nothing is written. The table that it goes to tells that by itself; the other
    /// is asked.
    pub(in crate::sqlite) fn insert(
        &self,
        connection: &Connection,
        ends: &mut Ends<'_>,
    ) -> Result<bool, Spoiled> {
        match &self.event {
            Some(_) if is(connection, IS_SILENT, self.tenant, self.id)? => Ok(false),
            Some(event) => match event.insert(connection, ends) {
                // What was committed before is a duplicate, also where its chain was altered since.
                Err(Spoiled::Refused(_)) if is(connection, IS_EVENT, self.tenant, self.id)? => Ok(false),
                inserted => inserted,
            },
            None if is(connection, IS_EVENT, self.tenant, self.id)? => Ok(false),
            None => Ok(connection.prepare_cached(INSERT)?.execute(key(&self.tenant, &self.id.0))? == 1),
        }
    }
}

fn exists(connection: &Connection, tenant: TenantId, id: ChangesetId) -> rusqlite::Result<bool> {
    Ok(is(connection, IS_EVENT, tenant, id)? || is(connection, IS_SILENT, tenant, id)?)
}

fn is(connection: &Connection, what: &str, tenant: TenantId, id: ChangesetId) -> rusqlite::Result<bool> {
    connection.prepare_cached(what)?.query_row(key(&tenant, &id.0), |row| row.get(0))
}

pub(in crate::sqlite) fn was_committed(
    connection: &Connection,
    tenant: TenantId,
    id: ChangesetId,
) -> Result<bool, Fault> {
    Ok(exists(connection, tenant, id)?)
}

/// Forgets silent ones that were made before this, the oldest first, and says how many.
pub(in crate::sqlite) fn forget(
    connection: &Connection,
    before: Timestamp,
    at_most: usize,
) -> rusqlite::Result<usize> {
    let first = first_id_of(before);
    connection.prepare_cached(FORGET)?.execute(params![first.as_bytes(), fault::limit(at_most)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file::migrations::plan;

    #[test]
    fn what_can_be_forgotten_is_found_without_looking_at_the_rest() {
        let plan = plan(FORGET);
        assert!(plan.iter().any(|line| line.contains("INDEX commits_by_age (id<?)")), "{plan:?}");
        assert!(!plan.iter().any(|line| line.contains("SCAN commits") || line.contains("TEMP")), "{plan:?}");
    }
}
