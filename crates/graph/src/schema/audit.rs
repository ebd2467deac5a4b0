//! Audit events.

use gangway_odata::model::{Kind, StructuredType, Type};

use super::member::{ID, members, nullable, required};
use crate::names;

members! {
    /// A property of `auditActor`.
    AuditActorProperty {
        AuditActorType = nullable("auditActorType", Type::String, "What kind of actor it is."),
        UserPermissions = nullable(
            "userPermissions", Type::Collection(&Type::String), "The permissions of the actor's token."
        ),
        ApplicationId = nullable("applicationId", Type::String, "The client application."),
        ApplicationDisplayName = nullable(
            "applicationDisplayName", Type::String, "What the client application is called."
        ),
        UserPrincipalName = nullable("userPrincipalName", Type::String, "The name the user signs in with."),
        ServicePrincipalName = nullable(
            "servicePrincipalName", Type::String, "The application, where one acted without a user."
        ),
        IpAddress = nullable("ipAddress", Type::String, "Not recorded: always null."),
        UserId = nullable("userId", Type::String, "The user's object id."),
    }
}

members! {
    /// A property of `auditProperty`.
    AuditChangeProperty {
        DisplayName = nullable("displayName", Type::String, "The property."),
        OldValue = nullable("oldValue", Type::String, "How it was."),
        NewValue = nullable("newValue", Type::String, "How it is."),
    }
}

members! {
    /// A property of `auditResource`.
    AuditResourceProperty {
        DisplayName = nullable("displayName", Type::String, "What it was called at the time."),
        AuditResourceType = nullable("auditResourceType", Type::String, "Its type."),
        ResourceId = nullable("resourceId", Type::String, "Its id."),
        ModifiedProperties = nullable(
            "modifiedProperties", Type::Collection(&CHANGE), "What is different now."
        ),
    }
}

members! {
    /// A property of `auditEvent`.
    AuditEventProperty {
        Id = ID,
        DisplayName = nullable("displayName", Type::String, "What was done."),
        ComponentName = nullable("componentName", Type::String, "The component it was done in."),
        Activity = nullable("activity", Type::String, "Not used: always null."),
        ActivityDateTime = required("activityDateTime", Type::DateTimeOffset, "When it was done."),
        ActivityType = nullable("activityType", Type::String, "What was done, to what type."),
        ActivityOperationType = nullable(
            "activityOperationType", Type::String, "Create, Patch, Delete or Action."
        ),
        ActivityResult = nullable("activityResult", Type::String, "How it ended."),
        CorrelationId = required("correlationId", Type::Guid, "The request, as its client knows it."),
        Category = nullable("category", Type::String, "The category it belongs to."),
        Actor = nullable("actor", Type::Complex(&AUDIT_ACTOR), "Who did it."),
        Resources = nullable(
            "resources", Type::Collection(&RESOURCE), "What it was done to."
        ),
    }
}

static CHANGE: Type = Type::Complex(&AUDIT_PROPERTY);
static RESOURCE: Type = Type::Complex(&AUDIT_RESOURCE);

/// `auditActor`
pub static AUDIT_ACTOR: StructuredType = StructuredType {
    name: "auditActor",
    kind: Kind::Complex,
    properties: AuditActorProperty::PROPERTIES,
    navigation: &[],
};

/// `auditProperty`
pub static AUDIT_PROPERTY: StructuredType = StructuredType {
    name: "auditProperty",
    kind: Kind::Complex,
    properties: AuditChangeProperty::PROPERTIES,
    navigation: &[],
};

/// `auditResource`
pub static AUDIT_RESOURCE: StructuredType = StructuredType {
    name: "auditResource",
    kind: Kind::Complex,
    properties: AuditResourceProperty::PROPERTIES,
    navigation: &[],
};

/// `auditEvent`
pub static AUDIT_EVENT: StructuredType = StructuredType {
    name: names::AUDIT_EVENT,
    kind: Kind::Entity,
    properties: AuditEventProperty::PROPERTIES,
    navigation: &[],
};
