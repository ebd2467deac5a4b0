use std::time::Duration;

use gangway_domain::ConnectorKind;
use serde::Deserialize;

use super::error::{SettingsError, in_range};

/// What the operator decides about onboarding.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnboardingSettings {
    #[serde(deserialize_with = "created_as")]
    pub(crate) created_as: ConnectorKind,
    attempt_timeout_minutes: u64,
    expiry_check_interval_seconds: u64,
}

impl OnboardingSettings {
    /// How long an attempt to onboard may take.
    pub(crate) const fn attempt_timeout(&self) -> Duration {
        Duration::from_secs(self.attempt_timeout_minutes * 60)
    }

    /// How often attempts that have expired are looked for.
    pub(crate) const fn expiry_check_interval(&self) -> Duration {
        Duration::from_secs(self.expiry_check_interval_seconds)
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        in_range("onboarding.attempt_timeout_minutes", self.attempt_timeout_minutes, &(1..=1440))?;
        let interval = self.expiry_check_interval_seconds;
        in_range("onboarding.expiry_check_interval_seconds", interval, &(1..=3600))
    }
}

fn created_as<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ConnectorKind, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "link" => Ok(ConnectorKind::Link),
        "simulated" => Ok(ConnectorKind::Simulated),
        other => Err(serde::de::Error::unknown_variant(other, &["link", "simulated"])),
    }
}
