use std::time::Duration;

use serde::Deserialize;

use super::error::{SettingsError, in_range};

/// What the operator decides about the release worker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseSettings {
    pub(crate) max_concurrent: usize,
    check_interval_seconds: u64,
}

impl ReleaseSettings {
    /// How often releases that are due again are looked for.
    pub(crate) const fn check_interval(&self) -> Duration {
        Duration::from_secs(self.check_interval_seconds)
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        in_range("release.max_concurrent", self.max_concurrent as u64, &(1..=1000))?;
        in_range("release.check_interval_seconds", self.check_interval_seconds, &(1..=60))
    }
}
