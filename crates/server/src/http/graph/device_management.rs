//! `/deviceManagement`, the singleton that everything else is in.

use bytes::Bytes;
use gangway_domain::TenantId;
use gangway_graph::schema::DeviceManagementProperty;
use gangway_graph::{Resource, Version};
use gangway_odata::model::StructuredType;
use http::Response;
use http_body_util::Full;
use serde::ser::SerializeMap;

use super::allowed::Allowed;
use super::answer::{self, Described, Entry, Keyed, Part, Show, Text};
use crate::http::error::ApiError;

/// `GET /deviceManagement` → 200. It is as old as the tenant and says whose it is, no more.
pub(super) fn get(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let view = SingletonView { tenant: allowed.caller.tenant, version: allowed.version };
    answer::entity(
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
    type Member = DeviceManagementProperty;

    fn structured_type(&self) -> &'static StructuredType {
        Resource::DeviceManagement.structured_type(self.version)
    }

    fn members(&self) -> &'static [DeviceManagementProperty] {
        DeviceManagementProperty::ALL
    }

    fn show<M: SerializeMap>(
        &self,
        member: DeviceManagementProperty,
        _: Part<'_>,
        to: &mut Entry<'_, M>,
    ) -> Result<(), M::Error> {
        match member {
            DeviceManagementProperty::Id | DeviceManagementProperty::IntuneAccountId => {
                to.write(&Text(self.tenant))
            }
        }
    }
}
