use gangway_domain::{AuditEvent, AuditEventId, TenantId};
use gangway_engine::StoreError;
use rusqlite::{Connection, params};

use crate::changeset::EventRow;
use crate::rows::{self, columns};
use crate::sqlite::audit::chain_ends::Ends;
use crate::sqlite::fault::Fault;
use crate::sqlite::verdict::Spoiled;
use crate::stored_format::words;

const ONE: &str = concat!(
    "SELECT ",
    columns::audit_event!(),
    " FROM audit_events WHERE part = ?1 AND tenant = ?2 AND id = ?3"
);

const INSERT: &str = "INSERT INTO audit_events (part, tenant, id, at, activity, operation, correlation, actor, \
    partner, partner_name, generation, changes, seq, hash) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING";

pub(in crate::sqlite) fn one(
    connection: &Connection,
    tenant: TenantId,
    id: AuditEventId,
) -> Result<Option<AuditEvent>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(params![tenant.part().0, tenant.0.as_bytes(), id.0.as_bytes()])?;
    Ok(rows.next()?.map(rows::audit_event).transpose()?)
}

/// An audit event as the writer takes it.
#[derive(Debug)]
pub(super) struct AuditWrite(EventRow);

impl AuditWrite {
    pub(super) fn new(event: AuditEvent) -> Result<Self, StoreError> {
        Ok(Self(EventRow::new(event)?))
    }

    /// Adds it to the end of its tenant's chain. Whether the id was free; if it was not, nothing is written.
    pub(super) fn insert(&self, connection: &Connection, ends: &mut Ends<'_>) -> Result<bool, Spoiled> {
        let Self(EventRow { event, generation, actor, changes, digest }) = self;
        let end = ends.next(connection, event.tenant, digest)?;
        let written = connection.prepare_cached(INSERT)?.execute(params![
            event.tenant.part().0,
            event.tenant.0.as_bytes(),
            event.id.0.as_bytes(),
            event.at.ticks(),
            words::activity_word(event.activity),
            event.activity.operation_type().as_str(),
            event.by.correlation.as_bytes(),
            actor,
            event.resource.0.as_bytes(),
            event.resource_name,
            generation,
            changes,
            end.head.seq,
            end.head.hash.0,
        ])?;
        if written == 0 {
            return Ok(false);
        }
        ends.set(event.tenant, end);
        Ok(true)
    }
}
