use std::time::Duration;

use serde::Deserialize;

use super::error::{SettingsError, in_range};
use crate::http::{ListenerLimits, TrustedProxies};

/// What the operator decides about connections and requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpSettings {
    max_connections: usize,
    head_timeout_seconds: u64,
    body_timeout_seconds: u64,
    write_timeout_seconds: u64,
    request_timeout_seconds: u64,
    drain_timeout_seconds: u64,
    pub(crate) trusted_proxies: TrustedProxies,
}

impl HttpSettings {
    /// What the public listener takes on.
    pub(crate) const fn listener_limits(&self) -> ListenerLimits {
        ListenerLimits {
            connections: self.max_connections,
            head_timeout: Duration::from_secs(self.head_timeout_seconds),
            write_timeout: Duration::from_secs(self.write_timeout_seconds),
            drain_timeout: self.drain_timeout(),
        }
    }

    /// How long a request may take in all.
    pub(crate) const fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// How long a request's body may take to arrive.
    pub(crate) const fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_seconds)
    }

    /// How long what is under way may take to end when the server stops.
    pub(crate) const fn drain_timeout(&self) -> Duration {
        Duration::from_secs(self.drain_timeout_seconds)
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        in_range("http.max_connections", self.max_connections as u64, &(1..=1_000_000))?;
        for (key, seconds) in [
            ("http.head_timeout_seconds", self.head_timeout_seconds),
            ("http.body_timeout_seconds", self.body_timeout_seconds),
            ("http.write_timeout_seconds", self.write_timeout_seconds),
            ("http.request_timeout_seconds", self.request_timeout_seconds),
        ] {
            in_range(key, seconds, &(1..=3600))?;
        }
        in_range("http.drain_timeout_seconds", self.drain_timeout_seconds, &(0..=3600))
    }
}
