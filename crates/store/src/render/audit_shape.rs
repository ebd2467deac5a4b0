use gangway_domain::{Activity, ActorKind, AuditEvent, OperationType};
use gangway_engine::SortKey;

use super::column::{Collection, Column, Shape, nullable, plain};
use crate::stored_format::words;

/// `auditEvent`
pub(super) const EVENT: Shape = Shape { column: of_event, collection: in_event };
/// `auditResource`: an event is about one thing.
const RESOURCE: Shape = Shape { column: of_resource, collection: in_resource };
/// `auditProperty`
const CHANGE: Shape = Shape { column: of_change, collection: |_| None };
/// A permission's name
const PERMISSION: Shape = Shape { column: of_permission, collection: |_| None };

/// What is null for who is not an application without a user.
const SERVICE_PRINCIPAL: &str = "CASE WHEN item.actor_kind = 'application' THEN item.application_name END";

fn of_event(names: &[&str]) -> Option<Column> {
    Some(match names {
        ["id"] => Column::Id("item.id"),
        ["displayName" | "activityType"] => by_activity(Activity::activity_type),
        ["componentName"] => by_activity(Activity::component_name),
        ["activity"] | ["actor", "ipAddress"] => Column::Known(SortKey::Null),
        ["activityDateTime"] => plain("item.at"),
        ["activityOperationType"] => words("item.operation", OPERATIONS.map(|of| (of.as_str(), of.as_str()))),
        ["activityResult"] => words("item.result", [(words::SUCCESS, AuditEvent::RESULT)]),
        ["correlationId"] => plain("item.correlation"),
        ["category"] => by_activity(Activity::category),
        ["actor", "auditActorType"] => words(
            "item.actor_kind",
            ActorKind::ALL.map(|k| (words::actor_kind_word(k), k.audit_actor_type())),
        ),
        ["actor", "applicationId"] => nullable("item.application_id"),
        ["actor", "applicationDisplayName"] => nullable("item.application_name"),
        ["actor", "userPrincipalName"] => nullable("item.user_principal_name"),
        ["actor", "servicePrincipalName"] => nullable(SERVICE_PRINCIPAL),
        ["actor", "userId"] => nullable("item.user_id"),
        _ => return None,
    })
}

fn in_event(names: &[&str]) -> Option<Collection> {
    match names {
        ["resources"] => Some(Collection::Inline(&RESOURCE)),
        ["actor", "userPermissions"] => {
            Some(Collection::Json { column: "item.actor", field: Some("permissions"), members: &PERMISSION })
        }
        _ => None,
    }
}

fn of_resource(names: &[&str]) -> Option<Column> {
    Some(match names {
        ["displayName"] => plain("item.partner_name"),
        ["auditResourceType"] => by_activity(Activity::resource_type),
        ["resourceId"] => Column::Id("item.partner"),
        _ => return None,
    })
}

fn in_resource(names: &[&str]) -> Option<Collection> {
    (names == ["modifiedProperties"]).then_some(Collection::Json {
        column: "item.changes",
        field: None,
        members: &CHANGE,
    })
}

fn of_change(names: &[&str]) -> Option<Column> {
    Some(match names {
        ["displayName"] => Column::Json { field: Some("property"), nullable: false },
        ["oldValue"] => Column::Json { field: Some("old"), nullable: true },
        ["newValue"] => Column::Json { field: Some("new"), nullable: true },
        _ => return None,
    })
}

fn of_permission(names: &[&str]) -> Option<Column> {
    names.is_empty().then_some(Column::Json { field: None, nullable: false })
}

const OPERATIONS: [OperationType; 4] =
    [OperationType::Create, OperationType::Patch, OperationType::Delete, OperationType::Action];

fn by_activity(shown: fn(Activity) -> &'static str) -> Column {
    words("item.activity", Activity::ALL.map(|activity| (words::activity_word(activity), shown(activity))))
}

fn words<const N: usize>(sql: &'static str, words: [(&'static str, &'static str); N]) -> Column {
    let words = words.into_iter().map(|(kept, shown)| (kept, SortKey::Text(shown.into())));
    Column::Words { sql, words: words.collect() }
}
