//! The singleton that everything else is in.

use gangway_odata::model::{Kind, Navigation, StructuredType, Type};

use super::audit::AUDIT_EVENT;
use super::member::{ID, members, required};
use super::partner::{PARTNER_BETA, PARTNER_V1};
use super::settings::SETTINGS;
use crate::names;

members! {
    /// A property of `deviceManagement`.
    DeviceManagementProperty {
        Id = ID,
        IntuneAccountId = required("intuneAccountId", Type::Guid, "The tenant."),
    }
}

const TO_AUDIT_EVENTS: Navigation = Navigation {
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
    properties: DeviceManagementProperty::PROPERTIES,
    navigation: &[
        TO_AUDIT_EVENTS,
        Navigation { name: names::PARTNERS, to: &PARTNER_V1, many: true, about: PARTNERS_ABOUT },
    ],
};

/// `deviceManagement` of beta
pub static DEVICE_MANAGEMENT_BETA: StructuredType = StructuredType {
    name: names::DEVICE_MANAGEMENT,
    kind: Kind::Entity,
    properties: DeviceManagementProperty::PROPERTIES,
    navigation: &[
        TO_AUDIT_EVENTS,
        Navigation { name: names::PARTNERS, to: &PARTNER_BETA, many: true, about: PARTNERS_ABOUT },
        Navigation {
            name: names::SETTINGS,
            to: &SETTINGS,
            many: false,
            about: "How remote assistance is set up.",
        },
    ],
};
