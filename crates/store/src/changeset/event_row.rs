use gangway_domain::AuditEvent;
use gangway_engine::StoreError;

use super::{signed, unstorable};
use crate::audit::chain::{Digest, Fields};
use crate::stored_format::{audit_json, words};

/// An audit event with its JSON made already, and hashed.
#[derive(Debug)]
pub(crate) struct EventRow {
    pub(crate) event: AuditEvent,
    pub(crate) generation: i64,
    pub(crate) actor: String,
    pub(crate) changes: String,
    pub(crate) digest: Digest,
}

impl EventRow {
    pub(crate) fn new(event: AuditEvent) -> Result<Self, StoreError> {
        let generation = signed(event.generation.0, "the generation")?;
        let actor = audit_json::actor_to_json(&event.by.actor).map_err(|_| unstorable("the actor"))?;
        let changes = audit_json::changes_to_json(&event.changes).map_err(|_| unstorable("what changed"))?;
        let digest = digest(&event, generation, &actor, &changes);
        Ok(Self { event, generation, actor, changes, digest })
    }
}

fn digest(event: &AuditEvent, generation: i64, actor: &str, changes: &str) -> Digest {
    let fields = Fields {
        tenant: event.tenant.0.as_bytes(),
        id: event.id.0.as_bytes(),
        at: event.at.ticks(),
        activity: words::activity_word(event.activity),
        operation: event.activity.operation_type().as_str(),
        result: words::SUCCESS,
        correlation: event.by.correlation.as_bytes(),
        actor,
        partner: event.resource.0.as_bytes(),
        partner_name: &event.resource_name,
        generation,
        changes,
    };
    fields.digest()
}
