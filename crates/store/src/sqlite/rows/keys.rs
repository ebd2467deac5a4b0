//! Keys as statements take them: part, tenant, id.

use gangway_domain::TenantId;
use uuid::Uuid;

/// The key of a row.
pub(super) fn key(tenant: &TenantId, id: &Uuid) -> (u8, [u8; 16], [u8; 16]) {
    (tenant.part().0, *tenant.0.as_bytes(), *id.as_bytes())
}

/// The key that a list begins after: less than every other, if it begins at the beginning.
pub(super) fn after(place: Option<(TenantId, Uuid)>) -> (i16, Vec<u8>, Vec<u8>) {
    place.map_or_else(
        || (-1, Vec::new(), Vec::new()),
        |(tenant, id)| (i16::from(tenant.part().0), tenant.0.as_bytes().to_vec(), id.as_bytes().to_vec()),
    )
}
