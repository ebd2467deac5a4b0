//! `/deviceManagement/remoteAssistanceSettings`, in beta.

use bytes::Bytes;
use gangway_domain::{Settings, SettingsProperty};
use gangway_graph::{Resource, schema};
use gangway_odata::model::{Property, StructuredType};
use http::Response;
use http_body_util::Full;
use serde::ser::SerializeMap;

use super::allowed::Allowed;
use super::reply;
use super::reply::{Described, Keyed};
use super::settings_body::SettingsBody;
use super::show::{Part, Show, Text};
use crate::http::body::Body;
use crate::http::error::ApiError;

const DESCRIBED: Described<'static> =
    Described { resource: Resource::Settings.address(), suffix: "/$entity", typed: true };

/// `GET /deviceManagement/remoteAssistanceSettings` → 200 with the tenant's settings.
pub(super) async fn get(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let settings = allowed.engine.settings(allowed.caller.tenant).await?;
    reply::entity(allowed, DESCRIBED, &SettingsView(settings))
}

/// `PATCH /deviceManagement/remoteAssistanceSettings` → 200 with the whole settings, or 204 for who prefers that.
pub(super) async fn update(
    allowed: &Allowed<'_>,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let update = SettingsBody::read(allowed, body).await?.update(allowed.caller.tenant)?;
    let settings = allowed.engine.update_settings(allowed.caller.tenant, &allowed.by(), update).await?;
    if allowed.options.preferences.minimal {
        return Ok(reply::minimal());
    }
    reply::entity(allowed, DESCRIBED, &SettingsView(settings))
}

struct SettingsView(Settings);

impl Keyed for SettingsView {
    fn key(&self) -> Option<String> {
        None
    }
}

impl Show for SettingsView {
    fn of(&self) -> &'static StructuredType {
        &schema::SETTINGS
    }

    fn member<M: SerializeMap>(
        &self,
        property: &'static Property,
        _: Part<'_>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let (name, settings) = (property.name, &self.0);
        match SettingsProperty::ALL.into_iter().find(|known| known.name() == name) {
            Some(SettingsProperty::RemoteAssistanceState) => {
                map.serialize_entry(name, settings.remote_assistance_state.as_str())
            }
            Some(SettingsProperty::AllowSessionsToUnenrolledDevices) => {
                map.serialize_entry(name, &settings.allow_sessions_to_unenrolled_devices)
            }
            Some(SettingsProperty::BlockChat) => map.serialize_entry(name, &settings.block_chat),
            None => map.serialize_entry(name, &Text(settings.tenant)),
        }
    }
}
