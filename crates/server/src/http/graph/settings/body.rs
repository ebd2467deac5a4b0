use gangway_domain::{RemoteAssistanceState, SettingsProperty, SettingsUpdate, TenantId};
use gangway_graph::schema::{NAMES, SETTINGS};
use gangway_odata::payload::{self, PayloadError, Value};
use uuid::Uuid;

use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::graph::allowed::Allowed;

/// What the body of a PATCH of the settings says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::http::graph) struct SettingsBody {
    id: Option<String>,
    update: SettingsUpdate,
}

impl SettingsBody {
    /// Reads it.
    ///
    /// # Errors
    /// In OData's words, naming the property.
    pub(in crate::http::graph) async fn read(
        allowed: &Allowed<'_>,
        body: &mut Body,
    ) -> Result<Self, ApiError> {
        let bytes = body.read_json(allowed.headers).await?;
        Ok(Self::parse(&bytes)?)
    }

    fn parse(bytes: &[u8]) -> Result<Self, PayloadError> {
        let mut body = Self::default();
        for (property, value) in payload::read(bytes, &SETTINGS, &NAMES)? {
            match SettingsProperty::ALL.into_iter().find(|known| known.name() == property.name) {
                Some(known) => body.set(known, value),
                None => body.id = value.into_text(),
            }
        }
        Ok(body)
    }

    /// A value is of its property's type: the reader has seen to it.
    fn set(&mut self, property: SettingsProperty, value: Value) {
        use SettingsProperty as P;
        let update = &mut self.update;
        match property {
            P::RemoteAssistanceState => {
                let member = value.into_text();
                update.remote_assistance_state = member.as_deref().and_then(RemoteAssistanceState::from_name);
            }
            P::AllowSessionsToUnenrolledDevices => {
                update.allow_sessions_to_unenrolled_devices = value.into_boolean();
            }
            P::BlockChat => update.block_chat = value.into_boolean(),
        }
    }

    /// What it asks to change. It may repeat the id of the settings, which is their tenant's, but not change it.
    ///
    /// # Errors
    /// [`ApiError::InvalidId`] if it has another.
    pub(in crate::http::graph) fn update(self, tenant: TenantId) -> Result<SettingsUpdate, ApiError> {
        let own = |id: &str| id.len() == 36 && Uuid::try_parse(id) == Ok(tenant.0);
        if self.id.as_deref().is_none_or(own) {
            Ok(self.update)
        } else {
            Err(ApiError::InvalidId("cannot be changed"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId(Uuid::from_u128(0xaaaa_bbbb_0000_cccc_1111_dddd_2222_eeee));

    fn parse(body: &str) -> Result<SettingsBody, String> {
        SettingsBody::parse(body.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_sample_of_the_documentation_is_read_whole() {
        let body = parse(
            r##"{"@odata.type": "#microsoft.graph.remoteAssistanceSettings", "remoteAssistanceState": "enabled",
                "allowSessionsToUnenrolledDevices": true, "blockChat": true}"##,
        );
        let update = SettingsUpdate {
            remote_assistance_state: Some(RemoteAssistanceState::Enabled),
            allow_sessions_to_unenrolled_devices: Some(true),
            block_chat: Some(true),
        };
        assert_eq!(body.unwrap().update(TENANT).unwrap(), update);
    }

    #[test]
    fn what_is_not_named_is_not_asked_for() {
        assert_eq!(parse("{}"), Ok(SettingsBody::default()));
        let update = parse(r#"{"BlockChat":false}"#).unwrap().update(TENANT).unwrap();
        assert_eq!(update, SettingsUpdate { block_chat: Some(false), ..SettingsUpdate::default() });
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, named) in [
            (r#"{"blockChat":null}"#, "null value was found for the property named 'blockChat'"),
            (r#"{"blockChat":"true"}"#, "'true' to the expected type 'Edm.Boolean' of property 'blockChat'"),
            (r#"{"remoteAssistanceState":"Enabled"}"#, "type 'microsoft.graph.remoteAssistanceState'"),
            (
                r#"{"displayName":"x"}"#,
                "on type 'microsoft.management.services.api.remoteAssistanceSettings'",
            ),
            (
                r##"{"@odata.type":"#microsoft.graph.remoteAssistancePartner"}"##,
                "not assignable to the expected type 'microsoft.graph.remoteAssistanceSettings'",
            ),
        ] {
            let error = parse(body).unwrap_err();
            assert!(error.contains(named), "{body}: {error}");
        }
    }

    #[test]
    fn the_id_of_the_settings_is_their_tenants() {
        let update = |id: &str| parse(&format!(r#"{{"id":"{id}"}}"#)).unwrap().update(TENANT);
        assert!(update("aaaabbbb-0000-cccc-1111-dddd2222eeee").is_ok());
        assert!(update("AAAABBBB-0000-cccc-1111-dddd2222eeee").is_ok());
        for other in ["", "aaaabbbb0000cccc1111dddd2222eeee", "11111111-2222-3333-4444-555555555555"] {
            assert!(matches!(update(other), Err(ApiError::InvalidId(_))), "{other}");
        }
    }
}
