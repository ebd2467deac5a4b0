//! `/deviceManagement/remoteAssistanceSettings`, in beta.

mod body;

use bytes::Bytes;
use gangway_domain::{Settings, SettingsProperty};
use gangway_graph::Resource;
use gangway_graph::schema::{self, SettingsMember};
use gangway_odata::model::StructuredType;
use http::Response;
use http_body_util::Full;
use serde::ser::SerializeMap;

use super::allowed::Allowed;
use super::answer::{self, Described, Entry, Keyed, Part, Show, Text};
use crate::http::body::Body;
use crate::http::error::ApiError;
use body::SettingsBody;

const DESCRIBED: Described<'static> =
    Described { resource: Resource::Settings.address(), suffix: "/$entity", typed: true };

/// `GET /deviceManagement/remoteAssistanceSettings` → 200 with the tenant's settings.
pub(super) async fn get(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let settings = allowed.engine.settings(allowed.caller.tenant).await?;
    answer::entity(allowed, DESCRIBED, &SettingsView(settings))
}

/// `PATCH /deviceManagement/remoteAssistanceSettings` → 200 with the whole settings, or 204 for who prefers that.
pub(super) async fn update(
    allowed: &Allowed<'_>,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let update = SettingsBody::read(allowed, body).await?.update(allowed.caller.tenant)?;
    let settings = allowed.engine.update_settings(allowed.caller.tenant, &allowed.by(), update).await?;
    if allowed.options.preferences.minimal {
        return Ok(answer::minimal());
    }
    answer::entity(allowed, DESCRIBED, &SettingsView(settings))
}

struct SettingsView(Settings);

impl Keyed for SettingsView {
    fn key(&self) -> Option<String> {
        None
    }
}

impl Show for SettingsView {
    type Member = SettingsMember;

    fn structured_type(&self) -> &'static StructuredType {
        &schema::SETTINGS
    }

    fn members(&self) -> &'static [SettingsMember] {
        SettingsMember::ALL
    }

    fn show<M: SerializeMap>(
        &self,
        member: SettingsMember,
        _: Part<'_>,
        to: &mut Entry<'_, M>,
    ) -> Result<(), M::Error> {
        use SettingsProperty as P;
        let settings = &self.0;
        match member {
            SettingsMember::Id => to.write(&Text(settings.tenant)),
            SettingsMember::Setting(P::RemoteAssistanceState) => {
                to.write(settings.remote_assistance_state.as_str())
            }
            SettingsMember::Setting(P::AllowSessionsToUnenrolledDevices) => {
                to.write(&settings.allow_sessions_to_unenrolled_devices)
            }
            SettingsMember::Setting(P::BlockChat) => to.write(&settings.block_chat),
        }
    }
}
