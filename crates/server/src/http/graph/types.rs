//! The types that differ between versions.

use gangway_engine::schema;
use gangway_odata::model::StructuredType;

use super::routes::Version;

/// The type of partners in a version.
pub(super) const fn partner_type(version: Version) -> &'static StructuredType {
    match version {
        Version::V1 => &schema::PARTNER_V1,
        Version::Beta => &schema::PARTNER_BETA,
    }
}

/// The type of the singleton in a version.
pub(super) const fn device_management(version: Version) -> &'static StructuredType {
    match version {
        Version::V1 => &schema::DEVICE_MANAGEMENT_V1,
        Version::Beta => &schema::DEVICE_MANAGEMENT_BETA,
    }
}
