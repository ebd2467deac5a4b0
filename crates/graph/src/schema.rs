//! The types of Microsoft Graph that are served, as data: queries are checked against them, the store knows where
//! their properties are kept, and descriptions are written from them.
//!
//! Source: Graph's CSDL (`microsoftgraph/msgraph-metadata`, v1.0 of 2026-08); for what only beta has, its documentation.

use gangway_domain::Property as PartnerProperty;
use gangway_odata::model::{EnumType, Kind, Navigation, Property, StructuredType, Type};
use gangway_odata::payload::Names;

use crate::names;
pub use crate::names::NAMESPACE;

/// The names of these types in bodies. Other types of Graph's are known, so that a client which sends one learns that it
/// is the wrong one; the inner namespace is Intune's.
pub const NAMES: Names = Names {
    namespace: NAMESPACE,
    inner: "microsoft.management.services.api",
    known: &[
        names::ENTITY,
        names::DEVICE_MANAGEMENT,
        "managedDevice",
        names::AUDIT_EVENT,
        names::PARTNER,
        names::SETTINGS,
    ],
};

const fn required(name: &'static str, of: Type, about: &'static str) -> Property {
    Property { name, of, nullable: false, about }
}

const fn nullable(name: &'static str, of: Type, about: &'static str) -> Property {
    Property { name, of, nullable: true, about }
}

const ID: Property = required("id", Type::String, "The key.");

const fn partner(property: PartnerProperty) -> Property {
    use PartnerProperty as P;
    let name = property.name();
    match property {
        P::Id => ID,
        P::DisplayName => nullable(name, Type::String, "What people call the partner."),
        P::OnboardingUrl => {
            nullable(name, Type::String, "The partner's portal, where an administrator sets the service up.")
        }
        P::OnboardingStatus => {
            required(name, Type::Enum(&ONBOARDING_STATUS), "Whether the partner can be used.")
        }
        P::LastConnectionDateTime => {
            required(name, Type::DateTimeOffset, "When the partner sent its last request.")
        }
        P::OnboardingRequestExpiryDateTime => required(
            name,
            Type::DateTimeOffset,
            "While the status is onboarding: when the attempt that is under way lapses.",
        ),
    }
}

/// `remoteAssistanceOnboardingStatus`
pub static ONBOARDING_STATUS: EnumType = EnumType {
    name: "remoteAssistanceOnboardingStatus",
    members: &["notOnboarded", "onboarding", "onboarded"],
};

/// `remoteAssistancePartner` of v1.0
pub static PARTNER_V1: StructuredType = StructuredType {
    name: names::PARTNER,
    kind: Kind::Entity,
    properties: &[
        partner(PartnerProperty::Id),
        partner(PartnerProperty::DisplayName),
        partner(PartnerProperty::OnboardingUrl),
        partner(PartnerProperty::OnboardingStatus),
        partner(PartnerProperty::LastConnectionDateTime),
    ],
    navigation: &[],
};

/// `remoteAssistancePartner` of beta
pub static PARTNER_BETA: StructuredType = StructuredType {
    name: names::PARTNER,
    kind: Kind::Entity,
    properties: &[
        partner(PartnerProperty::Id),
        partner(PartnerProperty::DisplayName),
        partner(PartnerProperty::OnboardingUrl),
        partner(PartnerProperty::OnboardingStatus),
        partner(PartnerProperty::LastConnectionDateTime),
        partner(PartnerProperty::OnboardingRequestExpiryDateTime),
    ],
    navigation: &[],
};

/// The parameters of `beginOnboarding` in beta; in v1.0 it has none. `disconnect` has none in either.
pub static BEGIN_ONBOARDING_BETA: [Property; 1] =
    [nullable("partnerDomain", Type::String, "Taken, since clients must send it, and not used.")];

/// `auditActor`
pub static AUDIT_ACTOR: StructuredType = StructuredType {
    name: "auditActor",
    kind: Kind::Complex,
    properties: &[
        nullable("auditActorType", Type::String, "What kind of actor it is."),
        nullable("userPermissions", Type::Collection(&Type::String), "The permissions of the actor's token."),
        nullable("applicationId", Type::String, "The client application."),
        nullable("applicationDisplayName", Type::String, "What the client application is called."),
        nullable("userPrincipalName", Type::String, "The name the user signs in with."),
        nullable("servicePrincipalName", Type::String, "The application, where one acted without a user."),
        nullable("ipAddress", Type::String, "Not recorded: always null."),
        nullable("userId", Type::String, "The user's object id."),
    ],
    navigation: &[],
};

/// `auditProperty`
pub static AUDIT_PROPERTY: StructuredType = StructuredType {
    name: "auditProperty",
    kind: Kind::Complex,
    properties: &[
        nullable("displayName", Type::String, "The property."),
        nullable("oldValue", Type::String, "How it was."),
        nullable("newValue", Type::String, "How it is."),
    ],
    navigation: &[],
};

/// `auditResource`
pub static AUDIT_RESOURCE: StructuredType = StructuredType {
    name: "auditResource",
    kind: Kind::Complex,
    properties: &[
        nullable("displayName", Type::String, "What it was called at the time."),
        nullable("auditResourceType", Type::String, "Its type."),
        nullable("resourceId", Type::String, "Its id."),
        nullable(
            "modifiedProperties",
            Type::Collection(&Type::Complex(&AUDIT_PROPERTY)),
            "What is different now.",
        ),
    ],
    navigation: &[],
};

/// `auditEvent`
pub static AUDIT_EVENT: StructuredType = StructuredType {
    name: names::AUDIT_EVENT,
    kind: Kind::Entity,
    properties: &[
        ID,
        nullable("displayName", Type::String, "What was done."),
        nullable("componentName", Type::String, "The component it was done in."),
        nullable("activity", Type::String, "Not used: always null."),
        required("activityDateTime", Type::DateTimeOffset, "When it was done."),
        nullable("activityType", Type::String, "What was done, to what type."),
        nullable("activityOperationType", Type::String, "Create, Patch, Delete or Action."),
        nullable("activityResult", Type::String, "How it ended."),
        required("correlationId", Type::Guid, "The request, as its client knows it."),
        nullable("category", Type::String, "The category it belongs to."),
        nullable("actor", Type::Complex(&AUDIT_ACTOR), "Who did it."),
        nullable("resources", Type::Collection(&Type::Complex(&AUDIT_RESOURCE)), "What it was done to."),
    ],
    navigation: &[],
};

/// `remoteAssistanceState` of beta
pub static REMOTE_ASSISTANCE_STATE: EnumType =
    EnumType { name: "remoteAssistanceState", members: &["disabled", "enabled"] };

/// `remoteAssistanceSettings` of beta
pub static SETTINGS: StructuredType = StructuredType {
    name: names::SETTINGS,
    kind: Kind::Entity,
    properties: &[
        ID,
        required(
            "remoteAssistanceState",
            Type::Enum(&REMOTE_ASSISTANCE_STATE),
            "Whether remote assistance is on.",
        ),
        required(
            "allowSessionsToUnenrolledDevices",
            Type::Boolean,
            "Whether sessions to devices that are not enrolled are allowed.",
        ),
        required("blockChat", Type::Boolean, "Whether chat during sessions is off."),
    ],
    navigation: &[],
};

const DEVICE_MANAGEMENT_PROPERTIES: &[Property] =
    &[ID, required("intuneAccountId", Type::Guid, "The tenant.")];
const AUDIT_EVENTS: Navigation = Navigation {
    name: names::AUDIT_EVENTS,
    to: &AUDIT_EVENT,
    many: true,
    about: "What was done to partners and settings.",
};
const PARTNERS_ABOUT: &str = "The remote-assistance partners.";

/// `deviceManagement` of v1.0
pub static DEVICE_MANAGEMENT_V1: StructuredType = StructuredType {
    name: names::DEVICE_MANAGEMENT,
    kind: Kind::Entity,
    properties: DEVICE_MANAGEMENT_PROPERTIES,
    navigation: &[
        AUDIT_EVENTS,
        Navigation { name: names::PARTNERS, to: &PARTNER_V1, many: true, about: PARTNERS_ABOUT },
    ],
};

/// `deviceManagement` of beta
pub static DEVICE_MANAGEMENT_BETA: StructuredType = StructuredType {
    name: names::DEVICE_MANAGEMENT,
    kind: Kind::Entity,
    properties: DEVICE_MANAGEMENT_PROPERTIES,
    navigation: &[
        AUDIT_EVENTS,
        Navigation { name: names::PARTNERS, to: &PARTNER_BETA, many: true, about: PARTNERS_ABOUT },
        Navigation {
            name: names::SETTINGS,
            to: &SETTINGS,
            many: false,
            about: "How remote assistance is set up.",
        },
    ],
};
