//! What routes and model do not tell of an operation. The matches have no wildcard: a new operation stops the build
//! until it is described.

use gangway_domain::Operation as O;
use gangway_engine::schema;
use gangway_odata::model::{Property, StructuredType};

use super::super::routes::{Endpoint as E, Version};
use super::super::types::device_management;
use super::super::types::partner_type;

/// What a request brings.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// A new entity.
    New(&'static StructuredType),
    /// What is to be different.
    Change(&'static StructuredType),
    /// Parameters of an action, each of which may be left out.
    Parameters(&'static [Property]),
    /// Many requests.
    Batch,
}

/// What a success comes to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    Page(&'static StructuredType),
    Entity(&'static StructuredType),
    Created(&'static StructuredType),
    Changed(&'static StructuredType),
    Number,
    Texts,
    Nothing,
    Batch,
    ServiceDocument,
    Metadata,
}

/// The name of the operation. Source: Graph's own OpenAPI description, which ends those of `$count` with a hash besides;
/// for the service's own, ours.
pub(super) const fn id(endpoint: E) -> &'static str {
    match endpoint {
        E::Operation(O::ListPartners) => "deviceManagement.ListRemoteAssistancePartners",
        E::Operation(O::CountPartners) => "deviceManagement.remoteAssistancePartners.GetCount",
        E::Operation(O::GetPartner) => "deviceManagement.GetRemoteAssistancePartners",
        E::Operation(O::CreatePartner) => "deviceManagement.CreateRemoteAssistancePartners",
        E::Operation(O::UpdatePartner) => "deviceManagement.UpdateRemoteAssistancePartners",
        E::Operation(O::DeletePartner) => "deviceManagement.DeleteRemoteAssistancePartners",
        E::Operation(O::BeginOnboarding) => {
            "deviceManagement.remoteAssistancePartners.remoteAssistancePartner.beginOnboarding"
        }
        E::Operation(O::Disconnect) => {
            "deviceManagement.remoteAssistancePartners.remoteAssistancePartner.disconnect"
        }
        E::Operation(O::GetDeviceManagement) => "deviceManagement.deviceManagement.GetDeviceManagement",
        E::Operation(O::ListAuditEvents) => "deviceManagement.ListAuditEvents",
        E::Operation(O::CountAuditEvents) => "deviceManagement.auditEvents.GetCount",
        E::Operation(O::GetAuditEvent) => "deviceManagement.GetAuditEvents",
        E::Operation(O::GetAuditCategories) => "deviceManagement.auditEvents.getAuditCategories",
        E::Operation(O::GetAuditActivityTypes) => "deviceManagement.auditEvents.getAuditActivityTypes",
        E::Operation(O::GetSettings) => "deviceManagement.GetRemoteAssistanceSettings",
        E::Operation(O::UpdateSettings) => "deviceManagement.UpdateRemoteAssistanceSettings",
        E::Batch => "service.batch",
        E::ServiceDocument => "service.GetServiceDocument",
        E::Metadata => "service.GetMetadata",
    }
}

/// What it does, in a line.
pub(super) const fn summary(endpoint: E) -> &'static str {
    match endpoint {
        E::Operation(O::ListPartners) => "List the partners",
        E::Operation(O::CountPartners) => "Count the partners",
        E::Operation(O::GetPartner) => "Get a partner",
        E::Operation(O::CreatePartner) => "Create a partner",
        E::Operation(O::UpdatePartner) => "Change a partner",
        E::Operation(O::DeletePartner) => "Delete a partner; if it is connected, cut the connection",
        E::Operation(O::BeginOnboarding) => "Begin to connect a partner",
        E::Operation(O::Disconnect) => "Cut the connection to a partner",
        E::Operation(O::GetDeviceManagement) => "Get the singleton that everything else is in",
        E::Operation(O::ListAuditEvents) => "List the audit events, newest first",
        E::Operation(O::CountAuditEvents) => "Count the audit events",
        E::Operation(O::GetAuditEvent) => "Get an audit event",
        E::Operation(O::GetAuditCategories) => "List the categories of audit events",
        E::Operation(O::GetAuditActivityTypes) => "List the activity types of a category",
        E::Operation(O::GetSettings) => "Get the settings of remote assistance",
        E::Operation(O::UpdateSettings) => "Change the settings of remote assistance",
        E::Batch => "Ask many things at once",
        E::ServiceDocument => "Get the service document",
        E::Metadata => "Get the model, as CSDL",
    }
}

/// What it is about.
pub(super) const fn tag(endpoint: E) -> &'static str {
    match endpoint {
        E::Operation(
            O::ListPartners
            | O::CountPartners
            | O::GetPartner
            | O::CreatePartner
            | O::UpdatePartner
            | O::DeletePartner
            | O::BeginOnboarding
            | O::Disconnect,
        ) => "deviceManagement.remoteAssistancePartner",
        E::Operation(O::GetDeviceManagement) => "deviceManagement.deviceManagement",
        E::Operation(
            O::ListAuditEvents
            | O::CountAuditEvents
            | O::GetAuditEvent
            | O::GetAuditCategories
            | O::GetAuditActivityTypes,
        ) => "deviceManagement.auditEvent",
        E::Operation(O::GetSettings | O::UpdateSettings) => "deviceManagement.remoteAssistanceSettings",
        E::Batch | E::ServiceDocument | E::Metadata => "service",
    }
}

/// The body of its requests; `None` if it has none, or needs none and is not harmed by an empty object.
pub(super) const fn body(endpoint: E, version: Version) -> Option<Body> {
    match endpoint {
        E::Operation(O::CreatePartner) => Some(Body::New(partner_type(version))),
        E::Operation(O::UpdatePartner) => Some(Body::Change(partner_type(version))),
        E::Operation(O::UpdateSettings) => Some(Body::Change(&schema::SETTINGS)),
        E::Operation(O::BeginOnboarding) => match version {
            Version::V1 => None,
            Version::Beta => Some(Body::Parameters(&schema::BEGIN_ONBOARDING_BETA)),
        },
        E::Batch => Some(Body::Batch),
        E::Operation(
            O::ListPartners
            | O::CountPartners
            | O::GetPartner
            | O::DeletePartner
            | O::Disconnect
            | O::GetDeviceManagement
            | O::ListAuditEvents
            | O::CountAuditEvents
            | O::GetAuditEvent
            | O::GetAuditCategories
            | O::GetAuditActivityTypes
            | O::GetSettings,
        )
        | E::ServiceDocument
        | E::Metadata => None,
    }
}

/// What it answers with if it succeeds.
pub(super) const fn answer(endpoint: E, version: Version) -> Answer {
    match endpoint {
        E::Operation(O::ListPartners) => Answer::Page(partner_type(version)),
        E::Operation(O::ListAuditEvents) => Answer::Page(&schema::AUDIT_EVENT),
        E::Operation(O::CountPartners | O::CountAuditEvents) => Answer::Number,
        E::Operation(O::GetPartner) => Answer::Entity(partner_type(version)),
        E::Operation(O::GetAuditEvent) => Answer::Entity(&schema::AUDIT_EVENT),
        E::Operation(O::GetSettings) => Answer::Entity(&schema::SETTINGS),
        E::Operation(O::GetDeviceManagement) => Answer::Entity(device_management(version)),
        E::Operation(O::CreatePartner) => Answer::Created(partner_type(version)),
        E::Operation(O::UpdatePartner) => Answer::Changed(partner_type(version)),
        E::Operation(O::UpdateSettings) => Answer::Changed(&schema::SETTINGS),
        E::Operation(O::DeletePartner | O::BeginOnboarding | O::Disconnect) => Answer::Nothing,
        E::Operation(O::GetAuditCategories | O::GetAuditActivityTypes) => Answer::Texts,
        E::Batch => Answer::Batch,
        E::ServiceDocument => Answer::ServiceDocument,
        E::Metadata => Answer::Metadata,
    }
}
