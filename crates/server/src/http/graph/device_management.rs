//! `/deviceManagement`, the singleton that everything else is in.

use bytes::Bytes;
use gangway_domain::TenantId;
use gangway_graph::{Resource, Version};
use gangway_odata::model::{Property, StructuredType};
use http::Response;
use http_body_util::Full;
use serde::ser::SerializeMap;

use super::allowed::Allowed;
use super::reply::{self, Described, Keyed};
use super::show::{Part, Show, Text};
use crate::http::error::ApiError;

/// `GET /deviceManagement` → 200. It is as old as the tenant and says whose it is, no more.
pub(super) fn get(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let view = SingletonView { tenant: allowed.caller.tenant, version: allowed.version };
    reply::entity(
        allowed,
        Described { resource: Resource::DeviceManagement.address(), suffix: "", typed: false },
        &view,
    )
}

struct SingletonView {
    tenant: TenantId,
    version: Version,
}

impl Keyed for SingletonView {
    fn key(&self) -> Option<String> {
        None
    }
}

impl Show for SingletonView {
    fn of(&self) -> &'static StructuredType {
        Resource::DeviceManagement.structured_type(self.version)
    }

    fn member<M: SerializeMap>(
        &self,
        property: &'static Property,
        _: Part<'_>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        map.serialize_entry(property.name, &Text(self.tenant))
    }
}
