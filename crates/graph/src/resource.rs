use gangway_odata::model::StructuredType;

use crate::version::Version;
use crate::{names, schema};

/// What operations are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The singleton that everything else is in.
    DeviceManagement,
    /// Remote-assistance partners.
    Partner,
    /// Audit events.
    AuditEvent,
    /// The settings of remote assistance, in beta only.
    Settings,
}

/// What resources share their throttling limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThrottleFamily {
    /// Partners, settings, and the singleton they are in.
    RemoteAssistance,
    /// Audit events.
    Auditing,
}

impl Resource {
    /// Its type in a version.
    #[must_use]
    pub const fn structured_type(self, version: Version) -> &'static StructuredType {
        match (self, version) {
            (Self::DeviceManagement, Version::V1) => &schema::DEVICE_MANAGEMENT_V1,
            (Self::DeviceManagement, Version::Beta) => &schema::DEVICE_MANAGEMENT_BETA,
            (Self::Partner, Version::V1) => &schema::PARTNER_V1,
            (Self::Partner, Version::Beta) => &schema::PARTNER_BETA,
            (Self::AuditEvent, Version::V1 | Version::Beta) => &schema::AUDIT_EVENT,
            (Self::Settings, Version::V1 | Version::Beta) => &schema::SETTINGS,
        }
    }

    /// Its address below a version, without a key.
    #[must_use]
    pub const fn address(self) -> &'static str {
        match self {
            Self::DeviceManagement => names::DEVICE_MANAGEMENT,
            Self::Partner => names::PARTNERS_ADDRESS,
            Self::AuditEvent => names::AUDIT_EVENTS_ADDRESS,
            Self::Settings => names::SETTINGS_ADDRESS,
        }
    }

    /// With what else it shares its throttling limits.
    #[must_use]
    pub const fn throttle_family(self) -> ThrottleFamily {
        match self {
            Self::DeviceManagement | Self::Partner | Self::Settings => ThrottleFamily::RemoteAssistance,
            Self::AuditEvent => ThrottleFamily::Auditing,
        }
    }
}

impl ThrottleFamily {
    /// Every family there is.
    pub const ALL: [Self; 2] = [Self::RemoteAssistance, Self::Auditing];

    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RemoteAssistance => "remoteAssistance",
            Self::Auditing => "auditing",
        }
    }
}
