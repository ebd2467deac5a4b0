//! `/deviceManagement/remoteAssistanceSettings`, in beta.

use bytes::Bytes;
use gangway_domain::{RemoteAssistanceState, Settings, SettingsProperty, SettingsUpdate};
use gangway_engine::schema;
use gangway_odata::model::{Property, StructuredType};
use gangway_odata::payload::{self, Value};
use http::Response;
use http_body_util::Full;
use serde::ser::SerializeMap;

use super::reply::{Described, Keyed};
use super::show::{Part, Show, Text};
use super::{Allowed, reply};
use crate::http::body::{Body, is_json};
use crate::http::error::ApiError;

const DESCRIBED: Described<'static> =
    Described { resource: "deviceManagement/remoteAssistanceSettings", suffix: "/$entity", typed: true };

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
    if !is_json(allowed.headers) {
        return Err(ApiError::UnreadableJson);
    }
    let update = read(&body.read(allowed.headers).await?, &allowed.caller.tenant.to_string())?;
    let settings = allowed.engine.update_settings(allowed.caller.tenant, &allowed.by(), update).await?;
    if allowed.options.preferences.minimal {
        return Ok(reply::minimal());
    }
    reply::entity(allowed, DESCRIBED, &SettingsView(settings))
}

/// What a body asks to change. It may repeat the settings' id.
fn read(bytes: &[u8], id: &str) -> Result<SettingsUpdate, ApiError> {
    let mut update = SettingsUpdate::default();
    for (property, value) in payload::read(bytes, &schema::SETTINGS, &schema::NAMES)? {
        let named = SettingsProperty::ALL.into_iter().find(|known| known.name() == property.name);
        match (named, value) {
            (Some(SettingsProperty::RemoteAssistanceState), value) => {
                let name = value.into_text().unwrap_or_default();
                update.remote_assistance_state = RemoteAssistanceState::from_name(&name);
            }
            (Some(SettingsProperty::AllowSessionsToUnenrolledDevices), Value::Boolean(is)) => {
                update.allow_sessions_to_unenrolled_devices = Some(is);
            }
            (Some(SettingsProperty::BlockChat), Value::Boolean(is)) => update.block_chat = Some(is),
            (None, value) => {
                let same = value.into_text().is_some_and(|given| given.eq_ignore_ascii_case(id));
                same.then_some(()).ok_or(ApiError::InvalidId("cannot be changed"))?;
            }
            // The model has no other properties, and none of these takes another value.
            _ => {}
        }
    }
    Ok(update)
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

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    #[test]
    fn every_property_that_can_be_set_is_read() {
        let body = format!(
            r##"{{"@odata.type":"#microsoft.graph.remoteAssistanceSettings","id":"{ID}","RemoteAssistanceState":"enabled",
                "allowSessionsToUnenrolledDevices":true,"blockChat":false}}"##
        );
        let expected = SettingsUpdate {
            remote_assistance_state: Some(RemoteAssistanceState::Enabled),
            allow_sessions_to_unenrolled_devices: Some(true),
            block_chat: Some(false),
        };
        assert_eq!(read(body.as_bytes(), ID).unwrap(), expected);
        assert_eq!(read(b"{}", ID).unwrap(), SettingsUpdate::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, named) in [
            (r#"{"id":"x"}"#, "'id' cannot be changed"),
            (r#"{"remoteAssistanceState":"on"}"#, "'on'"),
            (r#"{"remoteAssistanceState":null}"#, "'remoteAssistanceState'"),
            (r#"{"blockChat":"true"}"#, "'blockChat'"),
            (r#"{"blockchats":true}"#, "'blockchats' does not exist"),
        ] {
            let error = read(body.as_bytes(), ID).unwrap_err().to_string();
            assert!(error.contains(named), "{body}: {error}");
        }
    }
}
