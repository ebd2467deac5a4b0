//! The types of Microsoft Graph that are served, as data: queries are checked against them, the store knows where
//! their properties are kept, and descriptions are written from them.
//!
//! Source: Graph's CSDL (`microsoftgraph/msgraph-metadata`, v1.0 of 2026-08); for what only beta has, its documentation.

mod audit;
mod device_management;
mod member;
mod partner;
mod settings;

use gangway_odata::payload::Names;

use crate::names;

pub use crate::names::NAMESPACE;
pub use audit::{
    AUDIT_ACTOR, AUDIT_EVENT, AUDIT_PROPERTY, AUDIT_RESOURCE, AuditActorProperty, AuditChangeProperty,
    AuditEventProperty, AuditResourceProperty,
};
pub use device_management::{DEVICE_MANAGEMENT_BETA, DEVICE_MANAGEMENT_V1, DeviceManagementProperty};
pub use member::Member;
pub use partner::{BEGIN_ONBOARDING_BETA, ONBOARDING_STATUS, PARTNER_BETA, PARTNER_V1, partner_members};
pub use settings::{REMOTE_ASSISTANCE_STATE, SETTINGS, SettingsMember};

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
