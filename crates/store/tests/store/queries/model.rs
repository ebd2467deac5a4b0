use std::collections::BTreeMap;

use gangway_domain::{AuditEvent, Partner};
use gangway_graph::schema::ONBOARDING_STATUS;
use gangway_odata::Literal;
use uuid::Uuid;

/// A value of the model, made of the domain's own words for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    /// Before everything else.
    Null,
    Text(String),
    Guid(Uuid),
    Time(i64),
    /// A member of an enumeration, by its place.
    Member(usize),
    Part(BTreeMap<&'static str, Node>),
    Many(Vec<Node>),
}

impl Node {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn or_null<T: Into<String>>(text: Option<T>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    fn part<const N: usize>(properties: [(&'static str, Self); N]) -> Self {
        Self::Part(BTreeMap::from(properties))
    }

    pub(crate) fn of(literal: &Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::String(text) => Self::text(text),
            Literal::Guid(id) => Self::Guid(*id),
            Literal::DateTimeOffset(ticks) => Self::Time(*ticks),
            Literal::Enum(name) => {
                Self::Member(ONBOARDING_STATUS.members.iter().position(|member| member == name).unwrap())
            }
            Literal::Boolean(_) | Literal::Int64(_) => panic!("nothing in the model is of this type"),
        }
    }
}

pub(crate) fn of_partner(partner: &Partner) -> Node {
    let status = partner.status.onboarding_status();
    let place = ONBOARDING_STATUS.members.iter().position(|member| *member == status.as_str()).unwrap();
    Node::part([
        ("id", Node::text(partner.id.to_string())),
        ("displayName", Node::text(&partner.display_name)),
        ("onboardingUrl", Node::or_null(partner.onboarding_url.as_ref())),
        ("onboardingStatus", Node::Member(place)),
        ("lastConnectionDateTime", Node::Time(partner.last_connection.ticks())),
        ("onboardingRequestExpiryDateTime", Node::Time(partner.attempt_expires().ticks())),
    ])
}

pub(crate) fn of_event(event: &AuditEvent) -> Node {
    let (activity, actor) = (event.activity, &event.by.actor);
    let changes = event.changes.iter().map(|change| {
        Node::part([
            ("displayName", Node::text(change.what.name())),
            ("oldValue", Node::or_null(change.old.as_ref())),
            ("newValue", Node::or_null(change.new.as_ref())),
        ])
    });
    let resource = Node::part([
        ("displayName", Node::text(&event.resource_name)),
        ("auditResourceType", Node::text(activity.resource_type())),
        ("resourceId", Node::text(event.resource.to_string())),
        ("modifiedProperties", Node::Many(changes.collect())),
    ]);
    let actor = Node::part([
        ("auditActorType", Node::text(actor.kind().audit_actor_type())),
        ("userPermissions", Node::Many(actor.user_permissions().map(Node::text).collect())),
        ("applicationId", Node::or_null(actor.application_id())),
        ("applicationDisplayName", Node::or_null(actor.application_name())),
        ("userPrincipalName", Node::or_null(actor.user_principal_name())),
        ("servicePrincipalName", Node::or_null(actor.service_principal_name())),
        ("ipAddress", Node::Null),
        ("userId", Node::or_null(actor.user_id())),
    ]);
    Node::part([
        ("id", Node::text(event.id.to_string())),
        ("displayName", Node::text(activity.activity_type())),
        ("componentName", Node::text(activity.component_name())),
        ("activity", Node::Null),
        ("activityDateTime", Node::Time(event.at.ticks())),
        ("activityType", Node::text(activity.activity_type())),
        ("activityOperationType", Node::text(activity.operation_type().as_str())),
        ("activityResult", Node::text(AuditEvent::RESULT)),
        ("correlationId", Node::Guid(event.by.correlation)),
        ("category", Node::text(activity.category())),
        ("actor", actor),
        ("resources", Node::Many(vec![resource])),
    ])
}
