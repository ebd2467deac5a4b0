//! An audit event as Microsoft Graph writes it: what the API answers with and what an export is made of.
//!
//! Source: the entity `auditEvent` of Graph's CSDL, with the members and the order of what Intune answers with.

use std::fmt;

use gangway_domain::{Actor, AuditEvent, AuditedChange, Timestamp};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// The component and the category of everything here.
pub const COMPONENT: &str = "RemoteAssistance";
/// The result of what was done; what was not done leaves no event.
pub const SUCCESS: &str = "Success";

/// An audit event as Graph writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEventJson<'a> {
    /// The key.
    pub id: Uuid,
    /// What was done.
    pub display_name: &'static str,
    /// [`COMPONENT`]
    pub component_name: &'static str,
    /// Not used by Intune.
    pub activity: Null,
    /// When it was done.
    pub activity_date_time: Shown<Timestamp>,
    /// What was done, to what type.
    pub activity_type: &'static str,
    /// `Create`, `Patch`, `Delete` or `Action`.
    pub activity_operation_type: &'static str,
    /// [`SUCCESS`]
    pub activity_result: &'static str,
    /// The request, as its client knows it.
    pub correlation_id: Uuid,
    /// [`COMPONENT`]
    pub category: &'static str,
    /// Who did it.
    pub actor: ActorJson<'a>,
    /// What it was done to.
    pub resources: [ResourceJson<'a>; 1],
}

/// Graph's `auditActor`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActorJson<'a> {
    /// What kind of actor it is.
    pub audit_actor_type: &'static str,
    /// The names of the token's permissions.
    pub user_permissions: Vec<&'static str>,
    /// The client application.
    pub application_id: Option<&'a str>,
    /// What the client application is called.
    pub application_display_name: Option<&'a str>,
    /// The name the user signs in with.
    pub user_principal_name: Option<&'a str>,
    /// The application, where one acted without a user.
    pub service_principal_name: Option<&'a str>,
    /// Not recorded.
    pub ip_address: Null,
    /// The user's object id.
    pub user_id: Option<&'a str>,
}

/// Graph's `auditResource`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceJson<'a> {
    /// What it was called at the time.
    pub display_name: &'a str,
    /// Its type.
    pub audit_resource_type: &'static str,
    /// Its id.
    pub resource_id: Uuid,
    /// What is different now.
    pub modified_properties: Vec<PropertyJson<'a>>,
}

/// Graph's `auditProperty`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyJson<'a> {
    /// The property.
    pub display_name: &'static str,
    /// How it was.
    pub old_value: Option<&'a str>,
    /// How it is.
    pub new_value: Option<&'a str>,
}

/// Always null.
#[derive(Debug, Clone, Copy)]
pub struct Null;

/// What writes itself as text.
#[derive(Debug)]
pub struct Shown<T>(pub T);

impl Serialize for Null {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'a> From<&'a AuditEvent> for AuditEventJson<'a> {
    fn from(event: &'a AuditEvent) -> Self {
        let activity = event.activity;
        Self {
            id: event.id.0,
            display_name: activity.activity_type(),
            component_name: COMPONENT,
            activity: Null,
            activity_date_time: Shown(event.at),
            activity_type: activity.activity_type(),
            activity_operation_type: activity.operation_type().as_str(),
            activity_result: SUCCESS,
            correlation_id: event.by.correlation,
            category: COMPONENT,
            actor: (&event.by.actor).into(),
            resources: [ResourceJson {
                display_name: &event.resource_name,
                audit_resource_type: activity.resource_type(),
                resource_id: event.resource.0,
                modified_properties: event.changes.iter().map(Into::into).collect(),
            }],
        }
    }
}

impl<'a> From<&'a Actor> for ActorJson<'a> {
    fn from(actor: &'a Actor) -> Self {
        Self {
            audit_actor_type: actor.audit_actor_type(),
            user_permissions: actor.user_permissions().collect(),
            application_id: actor.application_id(),
            application_display_name: actor.application_name(),
            user_principal_name: actor.user_principal_name(),
            service_principal_name: actor.service_principal_name(),
            ip_address: Null,
            user_id: actor.user_id(),
        }
    }
}

impl<'a> From<&'a AuditedChange> for PropertyJson<'a> {
    fn from(change: &'a AuditedChange) -> Self {
        let (old_value, new_value) = (change.old.as_deref(), change.new.as_deref());
        Self { display_name: change.what.name(), old_value, new_value }
    }
}

#[cfg(test)]
mod tests {
    use gangway_domain::{
        AuditEventId, Audited, Caller, Correlated, Permission, Settings, SettingsProperty, Subject, TenantId,
    };

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
        let written = serde_json::to_string(&AuditEventJson::from(&event)).unwrap();
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
        use gangway_engine::schema::{AUDIT_ACTOR, AUDIT_EVENT, AUDIT_PROPERTY, AUDIT_RESOURCE};
        let event = event(Actor::Gangway);
        let written = serde_json::to_value(AuditEventJson::from(&event)).unwrap();
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
