//! An audit event as Intune shows it.
//!
//! Source: Graph's CSDL of `auditEvent`, and an event of a real tenant in Wazuh's documentation. `actor.type` and
//! `resources[].type`, which samples of the documentation have, are in neither.

use gangway_domain::{Actor, AuditEvent, AuditedChange};
use gangway_graph::Resource;
use gangway_graph::schema::{
    self, AuditActorProperty, AuditChangeProperty, AuditEventProperty, AuditResourceProperty,
};
use gangway_odata::model::StructuredType;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::http::graph::answer::{Described, Entry, Keyed, Noted, Part, Selection, Show, Shown, Text};
use crate::http::graph::request::Metadata;

/// Where audit events are described.
pub(in crate::http::graph) const DESCRIBED: Described<'static> =
    Described { resource: Resource::AuditEvent.address(), suffix: "/$entity", typed: false };

/// An audit event.
#[derive(Debug)]
pub(crate) struct AuditEventView<'a>(pub(crate) &'a AuditEvent);

struct ActorView<'a>(&'a Actor);

struct ResourceView<'a>(&'a AuditEvent);

struct ChangeView<'a>(&'a AuditedChange);

impl Keyed for AuditEventView<'_> {
    fn key(&self) -> Option<String> {
        Some(self.0.id.to_string())
    }
}

impl Show for AuditEventView<'_> {
    type Member = AuditEventProperty;

    fn structured_type(&self) -> &'static StructuredType {
        &schema::AUDIT_EVENT
    }

    fn members(&self) -> &'static [AuditEventProperty] {
        AuditEventProperty::ALL
    }

    fn show<M: SerializeMap>(
        &self,
        member: AuditEventProperty,
        part: Part<'_>,
        to: &mut Entry<'_, M>,
    ) -> Result<(), M::Error> {
        use AuditEventProperty as P;
        let event = self.0;
        match member {
            P::Id => to.write(&Text(event.id)),
            P::DisplayName | P::ActivityType => to.write(event.activity.activity_type()),
            P::ComponentName => to.write(event.activity.component_name()),
            P::Activity => to.write(&()),
            P::ActivityDateTime => to.write(&Text(event.at)),
            P::ActivityOperationType => to.write(event.activity.operation_type().as_str()),
            P::ActivityResult => to.write(AuditEvent::RESULT),
            P::CorrelationId => to.write(&event.by.correlation),
            P::Category => to.write(event.activity.category()),
            P::Actor => to.write(&shown(&ActorView(&event.by.actor), part)),
            P::Resources => to.write(&[shown(&ResourceView(event), part)]),
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
    type Member = AuditActorProperty;

    fn structured_type(&self) -> &'static StructuredType {
        &schema::AUDIT_ACTOR
    }

    fn members(&self) -> &'static [AuditActorProperty] {
        AuditActorProperty::ALL
    }

    fn show<M: SerializeMap>(
        &self,
        member: AuditActorProperty,
        _: Part<'_>,
        to: &mut Entry<'_, M>,
    ) -> Result<(), M::Error> {
        use AuditActorProperty as P;
        let actor = self.0;
        match member {
            P::AuditActorType => to.write(actor.audit_actor_type()),
            P::UserPermissions => to.write(&actor.user_permissions().collect::<Vec<_>>()),
            P::ApplicationId => to.write(&actor.application_id()),
            P::ApplicationDisplayName => to.write(&actor.application_name()),
            P::UserPrincipalName => to.write(&actor.user_principal_name()),
            P::ServicePrincipalName => to.write(&actor.service_principal_name()),
            P::IpAddress => to.write(&()),
            P::UserId => to.write(&actor.user_id()),
        }
    }
}

impl Show for ResourceView<'_> {
    type Member = AuditResourceProperty;

    fn structured_type(&self) -> &'static StructuredType {
        &schema::AUDIT_RESOURCE
    }

    fn members(&self) -> &'static [AuditResourceProperty] {
        AuditResourceProperty::ALL
    }

    fn show<M: SerializeMap>(
        &self,
        member: AuditResourceProperty,
        part: Part<'_>,
        to: &mut Entry<'_, M>,
    ) -> Result<(), M::Error> {
        use AuditResourceProperty as P;
        let event = self.0;
        match member {
            P::DisplayName => to.write(&event.resource_name),
            P::AuditResourceType => to.write(event.activity.resource_type()),
            P::ResourceId => to.write(&Text(event.resource)),
            P::ModifiedProperties => to.write(&Changes { changes: &event.changes, part }),
        }
    }
}

impl Show for ChangeView<'_> {
    type Member = AuditChangeProperty;

    fn structured_type(&self) -> &'static StructuredType {
        &schema::AUDIT_PROPERTY
    }

    fn members(&self) -> &'static [AuditChangeProperty] {
        AuditChangeProperty::ALL
    }

    fn show<M: SerializeMap>(
        &self,
        member: AuditChangeProperty,
        _: Part<'_>,
        to: &mut Entry<'_, M>,
    ) -> Result<(), M::Error> {
        use AuditChangeProperty as P;
        let change = self.0;
        match member {
            P::DisplayName => to.write(change.what.name()),
            P::OldValue => to.write(&change.old),
            P::NewValue => to.write(&change.new),
        }
    }
}

struct Changes<'a> {
    changes: &'a [AuditedChange],
    part: Part<'a>,
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let views: Vec<_> = self.changes.iter().map(ChangeView).collect();
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
