//! A model as small as it can be and have everything, and the options of its items.

mod bounds;
mod filters;
mod messages;
mod options;
mod random;
mod truths;

use super::{Applies, QueryError, Rules};
use crate::model::{EnumType, Kind, Navigation, Property, StructuredType, Type};
use crate::query::query_options;
use crate::tree::{Filter, Query};

const fn property(name: &'static str, of: Type, nullable: bool) -> Property {
    Property { name, of, nullable, about: "" }
}

const fn structured(
    name: &'static str,
    kind: Kind,
    properties: &'static [Property],
    navigation: &'static [Navigation],
) -> StructuredType {
    StructuredType { name, kind, properties, navigation }
}

pub(super) static STATUS: EnumType = EnumType {
    name: "remoteAssistanceOnboardingStatus",
    members: &["notOnboarded", "onboarding", "onboarded"],
};

static ACTOR: StructuredType = structured(
    "auditActor",
    Kind::Complex,
    &[
        property("userPermissions", Type::Collection(&Type::String), true),
        property("userPrincipalName", Type::String, true),
    ],
    &[],
);

static CHANGE: StructuredType = structured(
    "auditProperty",
    Kind::Complex,
    &[property("displayName", Type::String, true), property("newValue", Type::String, true)],
    &[],
);

static RESOURCE: StructuredType = structured(
    "auditResource",
    Kind::Complex,
    &[
        property("displayName", Type::String, true),
        property("resourceId", Type::String, false),
        property("modifiedProperties", Type::Collection(&Type::Complex(&CHANGE)), true),
    ],
    &[],
);

pub(super) static EVENT: StructuredType = structured(
    "auditEvent",
    Kind::Entity,
    &[
        property("id", Type::String, false),
        property("displayName", Type::String, true),
        property("componentName", Type::String, true),
        property("activityDateTime", Type::DateTimeOffset, false),
        property("activityOperationType", Type::String, true),
        property("correlationId", Type::Guid, false),
        property("size", Type::Int64, true),
        property("secret", Type::Boolean, true),
        property("status", Type::Enum(&STATUS), false),
        property("actor", Type::Complex(&ACTOR), true),
        property("resources", Type::Collection(&Type::Complex(&RESOURCE)), true),
    ],
    &[],
);

static SETTINGS: StructuredType = structured(
    "remoteAssistanceSettings",
    Kind::Entity,
    &[property("id", Type::String, false), property("blockChat", Type::Boolean, false)],
    &[Navigation { name: "back", to: &MANAGEMENT, many: false, about: "" }],
);

pub(super) static MANAGEMENT: StructuredType = structured(
    "deviceManagement",
    Kind::Entity,
    &[property("id", Type::String, false)],
    &[
        Navigation { name: "auditEvents", to: &EVENT, many: true, about: "" },
        Navigation { name: "remoteAssistanceSettings", to: &SETTINGS, many: false, about: "" },
    ],
);

const RULES: Rules = Rules { namespace: "microsoft.graph", bare_names: false, applies: Applies::Collection };

/// The options of a query string, of events.
fn parse(query: &str) -> Result<Query, QueryError> {
    parse_of(query, &EVENT, RULES)
}

fn parse_of(query: &str, of: &'static StructuredType, rules: Rules) -> Result<Query, QueryError> {
    Query::parse(query_options(query), of, rules)
}

/// One option of events, not percent-encoded.
fn option(name: &str, value: &str) -> Result<Query, QueryError> {
    let option = crate::QueryOption { name: name.into(), value: value.into() };
    Query::parse([option], &EVENT, RULES)
}

fn filter(text: &str) -> Filter {
    option("$filter", text).unwrap_or_else(|wrong| panic!("{text}: {wrong}")).filter.unwrap()
}
