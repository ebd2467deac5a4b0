//! An audit event as Intune shows it.
//!
//! Source: Graph's CSDL of `auditEvent`, and an event of a real tenant in Wazuh's documentation. `actor.type` and
//! `resources[].type`, which samples of the documentation have, are in neither.

use gangway_domain::{Actor, AuditEvent, AuditedChange};
use gangway_engine::schema;
use gangway_odata::model::{Property, StructuredType};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::reply::{Described, Keyed};
use super::show::{Noted, Part, Show, Shown, Text};

/// Where audit events are described.
pub(super) const DESCRIBED: Described<'static> =
    Described { resource: "deviceManagement/auditEvents", suffix: "/$entity", typed: false };

/// An audit event.
#[derive(Debug)]
pub(crate) struct AuditEventView<'a>(pub(crate) &'a AuditEvent);

struct ActorView<'a>(&'a Actor);

struct ResourceView<'a>(&'a AuditEvent);

struct PropertyView<'a>(&'a AuditedChange);

impl Keyed for AuditEventView<'_> {
    fn key(&self) -> Option<String> {
        Some(self.0.id.to_string())
    }
}

impl Show for AuditEventView<'_> {
    fn of(&self) -> &'static StructuredType {
        &schema::AUDIT_EVENT
    }

    fn member<M: SerializeMap>(
        &self,
        property: &'static Property,
        part: Part<'_>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let (event, name) = (self.0, property.name);
        match name {
            "id" => map.serialize_entry(name, &Text(event.id)),
            "displayName" | "activityType" => map.serialize_entry(name, event.activity.activity_type()),
            "componentName" => map.serialize_entry(name, event.activity.component_name()),
            "activityDateTime" => map.serialize_entry(name, &Text(event.at)),
            "activityOperationType" => map.serialize_entry(name, event.activity.operation_type().as_str()),
            "activityResult" => map.serialize_entry(name, AuditEvent::RESULT),
            "correlationId" => map.serialize_entry(name, &event.by.correlation),
            "category" => map.serialize_entry(name, event.activity.category()),
            "actor" => map.serialize_entry(name, &shown(&ActorView(&event.by.actor), part)),
            "resources" => map.serialize_entry(name, &[shown(&ResourceView(event), part)]),
            _ => map.serialize_entry(name, &()),
        }
    }
}

impl Show for ActorView<'_> {
    fn of(&self) -> &'static StructuredType {
        &schema::AUDIT_ACTOR
    }

    fn member<M: SerializeMap>(
        &self,
        property: &'static Property,
        _: Part<'_>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let (actor, name) = (self.0, property.name);
        match name {
            "auditActorType" => map.serialize_entry(name, actor.audit_actor_type()),
            "userPermissions" => map.serialize_entry(name, &actor.user_permissions().collect::<Vec<_>>()),
            "applicationId" => map.serialize_entry(name, &actor.application_id()),
            "applicationDisplayName" => map.serialize_entry(name, &actor.application_name()),
            "userPrincipalName" => map.serialize_entry(name, &actor.user_principal_name()),
            "servicePrincipalName" => map.serialize_entry(name, &actor.service_principal_name()),
            "userId" => map.serialize_entry(name, &actor.user_id()),
            _ => map.serialize_entry(name, &()),
        }
    }
}

impl Show for ResourceView<'_> {
    fn of(&self) -> &'static StructuredType {
        &schema::AUDIT_RESOURCE
    }

    fn member<M: SerializeMap>(
        &self,
        property: &'static Property,
        part: Part<'_>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let (event, name) = (self.0, property.name);
        match name {
            "displayName" => map.serialize_entry(name, &event.resource_name),
            "auditResourceType" => map.serialize_entry(name, event.activity.resource_type()),
            "resourceId" => map.serialize_entry(name, &Text(event.resource)),
            "modifiedProperties" => map.serialize_entry(name, &Changes { changes: &event.changes, part }),
            _ => map.serialize_entry(name, &()),
        }
    }
}

impl Show for PropertyView<'_> {
    fn of(&self) -> &'static StructuredType {
        &schema::AUDIT_PROPERTY
    }

    fn member<M: SerializeMap>(
        &self,
        property: &'static Property,
        _: Part<'_>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let (change, name) = (self.0, property.name);
        match name {
            "displayName" => map.serialize_entry(name, change.what.name()),
            "oldValue" => map.serialize_entry(name, &change.old),
            "newValue" => map.serialize_entry(name, &change.new),
            _ => map.serialize_entry(name, &()),
        }
    }
}

struct Changes<'a> {
    changes: &'a [AuditedChange],
    part: Part<'a>,
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let views: Vec<_> = self.changes.iter().map(PropertyView).collect();
        serializer.collect_seq(views.iter().map(|view| shown(view, self.part)))
    }
}

fn shown<'a, T>(item: &'a T, part: Part<'a>) -> Shown<'a, T> {
    Shown { item, part, noted: Noted::default() }
}
