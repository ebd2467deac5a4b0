//! An audit event as Intune shows it.
//!
//! Source: Graph's CSDL of `auditEvent`, and an event of a real tenant in Wazuh's documentation. `actor.type` and
//! `resources[].type`, which samples of the documentation have, are in neither.

use gangway_domain::{Actor, AuditEvent, AuditedChange};
use gangway_graph::{Resource, schema};
use gangway_odata::model::{Property, StructuredType};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::format::Metadata;
use super::reply::{Described, Keyed};
use super::show::{Noted, Part, Selection, Show, Shown, Text};

/// Where audit events are described.
pub(super) const DESCRIBED: Described<'static> =
    Described { resource: Resource::AuditEvent.address(), suffix: "/$entity", typed: false };

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

/// All of it, and nothing beside it.
impl Serialize for AuditEventView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let part = Part { selection: &Selection::default(), metadata: Metadata::None };
        shown(self, part).serialize(serializer)
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

#[cfg(test)]
mod tests {
    use gangway_domain::{
        AuditEventId, Audited, Caller, Correlated, Permission, Settings, SettingsProperty, Subject, TenantId,
    };
    use uuid::Uuid;

    use super::*;

    const TENANT: TenantId = TenantId(Uuid::from_u128(0xa));

    fn event(actor: Actor) -> AuditEvent {
        let by = Correlated { actor, correlation: Uuid::from_u128(0xc) };
        let what = Audited::Setting(SettingsProperty::BlockChat);
        let changes = vec![AuditedChange { what, old: None, new: Some("true".into()) }];
        let at = "2026-11-23T12:00:00.0000001Z".parse().unwrap();
        AuditEvent::of_settings(AuditEventId(Uuid::from_u128(0xe)), at, by, &Settings::unset(TENANT), changes)
    }

    /// The members and their order are those of the only sample of Intune's that is to be found.
    #[test]
    fn an_event_has_every_member_in_intunes_order() {
        let user = Actor::Caller(Box::new(Caller {
            tenant: TENANT,
            subject: Subject::User { id: "u".into(), principal_name: Some("u@x".into()) },
            permissions: [Permission::ServiceConfigReadWrite].into_iter().collect(),
            application_id: Some("app".into()),
            application_name: None,
        }));
        let event = event(user);
        let written = serde_json::to_string(&AuditEventView(&event)).unwrap();
        let expected = concat!(
            r#"{"id":"00000000-0000-0000-0000-00000000000e","displayName":"Patch RemoteAssistanceSettings","#,
            r#""componentName":"RemoteAssistance","activity":null,"#,
            r#""activityDateTime":"2026-11-23T12:00:00.0000001Z","#,
            r#""activityType":"Patch RemoteAssistanceSettings","activityOperationType":"Patch","#,
            r#""activityResult":"Success","correlationId":"00000000-0000-0000-0000-00000000000c","#,
            r#""category":"RemoteAssistance","actor":{"auditActorType":"ItPro","#,
            r#""userPermissions":["DeviceManagementServiceConfig.ReadWrite.All"],"applicationId":"app","#,
            r#""applicationDisplayName":null,"userPrincipalName":"u@x","servicePrincipalName":null,"#,
            r#""ipAddress":null,"userId":"u"},"resources":[{"displayName":"remoteAssistanceSettings","#,
            r#""auditResourceType":"RemoteAssistanceSettings","#,
            r#""resourceId":"00000000-0000-0000-0000-00000000000a","modifiedProperties":["#,
            r#"{"displayName":"blockChat","oldValue":null,"newValue":"true"}]}]}"#,
        );
        assert_eq!(written, expected);
    }

    /// The schema is what filters and descriptions are made of, so what is written has its members.
    #[test]
    fn what_is_written_is_what_the_schema_says() {
        use gangway_graph::schema::{AUDIT_ACTOR, AUDIT_EVENT, AUDIT_PROPERTY, AUDIT_RESOURCE};
        let event = event(Actor::Gangway);
        let written = serde_json::to_value(AuditEventView(&event)).unwrap();
        let resource = &written["resources"][0];
        for (object, of) in [
            (&written, &AUDIT_EVENT),
            (&written["actor"], &AUDIT_ACTOR),
            (resource, &AUDIT_RESOURCE),
            (&resource["modifiedProperties"][0], &AUDIT_PROPERTY),
        ] {
            let members = object.as_object().unwrap();
            assert_eq!(members.len(), of.properties.len(), "{}", of.name);
            for property in of.properties {
                let value = members.get(property.name);
                assert!(
                    value.is_some_and(|value| property.nullable || !value.is_null()),
                    "{}",
                    property.name
                );
            }
        }
    }
}
