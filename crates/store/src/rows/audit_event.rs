use gangway_domain::{AuditEvent, AuditEventId, Correlated, ResourceId, TenantId};

use super::{Item, Read, Row, Senseless, id, text, time, unsigned};
use crate::render::{AUDIT_EVENTS, QueriedTable};
use crate::stored_format::{audit_json, words};

// The columns `partner` and `partner_name` hold what an event is about, whatever its type. They were named when that was
// always a partner, and keep their names: the chain is made of them.
macro_rules! audit_event_columns {
    () => {
        "id, tenant, at, activity, actor, correlation, partner, partner_name, generation, changes"
    };
}
pub(crate) use audit_event_columns;

impl Item for AuditEvent {
    const TABLE: QueriedTable = AUDIT_EVENTS;
    const COLUMNS: &str = audit_event_columns!();

    fn from_row(row: &impl Row) -> Read<Self> {
        audit_event(row)
    }
}

pub(crate) fn audit_event(row: &impl Row) -> Read<AuditEvent> {
    Ok(AuditEvent {
        id: AuditEventId(id(row, 0, "id of an audit event")?),
        tenant: TenantId(id(row, 1, "tenant")?),
        at: time(row, 2, "time of an audit event")?,
        activity: words::activity_from_word(text(row, 3, "activity")?).ok_or(Senseless("activity"))?,
        by: Correlated {
            actor: audit_json::actor_from_json(text(row, 4, "actor")?).ok_or(Senseless("actor"))?,
            correlation: id(row, 5, "correlation")?,
        },
        resource: ResourceId(id(row, 6, "id of a resource")?),
        resource_name: text(row, 7, "name")?.to_owned(),
        generation: gangway_domain::Generation(unsigned(row, 8, "generation of an audit event")?),
        changes: audit_json::changes_from_json(text(row, 9, "list of changes")?)
            .ok_or(Senseless("list of changes"))?,
    })
}
