//! What the operator decides: defaults, a file, the environment, the command line, each over the one before.

mod error;
mod http;
mod node;
mod onboarding;
mod release;
mod sources;
mod store;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::{Host, Url};

use crate::connector;
use crate::http::PublicOptions;
use crate::identity;
use crate::system::logging::LogSettings;
use crate::throttle::ThrottleSettings;
use crate::vault;
use error::{SettingsError, in_range};
use http::HttpSettings;
use node::NodeSettings;
use onboarding::OnboardingSettings;
use release::ReleaseSettings;
use sources::built;

pub(crate) use sources::CONFIG_FILE;
#[cfg(test)]
pub(crate) use sources::DEFAULTS;
pub(crate) use store::StoreSettings;

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) admin_listen: SocketAddr,
    pub(crate) data: PathBuf,
    public_url: String,
    pub(crate) profiles: Vec<connector::ProfileSettings>,
    pub(crate) http: HttpSettings,
    pub(crate) throttle: ThrottleSettings,
    pub(crate) identity: identity::IdentitySettings,
    pub(crate) onboarding: OnboardingSettings,
    pub(crate) release: ReleaseSettings,
    pub(crate) store: StoreSettings,
    pub(crate) node: NodeSettings,
    pub(crate) vault: vault::VaultSettings,
    pub(crate) log: LogSettings,
}

impl Settings {
    /// Reads and checks the settings. `overrides` are keys from the command line.
    ///
    /// # Errors
    /// The first key that is unknown, of the wrong type, out of range, or at odds with another.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        overrides: &[(&str, String)],
        dev: bool,
    ) -> Result<Self, SettingsError> {
        let settings: Self = built(file, environment, overrides, dev)?.try_deserialize()?;
        settings.check(dev)?;
        Ok(settings)
    }

    /// Reads and checks what tells where the store is, for commands that need nothing else.
    ///
    /// # Errors
    /// As for [`Settings::load`].
    pub(crate) fn load_place(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        overrides: &[(&str, String)],
    ) -> Result<(PathBuf, StoreSettings), SettingsError> {
        let built = built(file, environment, overrides, false)?;
        let store: StoreSettings = built.get("store")?;
        store.check()?;
        Ok((built.get("data")?, store))
    }

    /// Reads and checks where the keys come from that seal secrets, for commands that need nothing else.
    ///
    /// # Errors
    /// As for [`Settings::load`].
    pub(crate) fn load_vault(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<vault::VaultSettings, SettingsError> {
        let vault: vault::VaultSettings = built(file, environment, &[], false)?.get("vault")?;
        vault.validate().map_err(|(key, why)| SettingsError::Invalid { key, why })?;
        Ok(vault)
    }

    /// Where browsers reach Gangway: `public_url`, or else the address that is listened on.
    ///
    /// # Errors
    /// One line that names `public_url`.
    pub(crate) fn base_url(&self, bound: SocketAddr) -> Result<Url, String> {
        let text = self.public_url().map_or_else(|| format!("http://{bound}"), str::to_owned);
        Url::parse(&text).map_err(|error| format!("public_url {text:?}: {error}"))
    }

    /// Scheme and host that clients use, if the operator names them.
    pub(crate) fn public_url(&self) -> Option<&str> {
        Some(self.public_url.as_str()).filter(|url| !url.is_empty())
    }

    /// How requests of clients are served.
    pub(crate) fn public_options(&self) -> PublicOptions {
        PublicOptions {
            permissions: self.identity.permissions,
            deadline: self.http.request_timeout(),
            body_timeout: self.http.body_timeout(),
            attempt_timeout: self.onboarding.attempt_timeout(),
        }
    }

    fn check(&self, dev: bool) -> Result<(), SettingsError> {
        self.http.check()?;
        self.onboarding.check()?;
        self.release.check()?;
        self.store.check()?;
        self.node.check()?;
        self.check_throttle()?;
        self.check_public_url()?;
        // With --dev the address that is listened on is the one that browsers use.
        connector::check(&self.profiles, dev || !self.public_url.is_empty())?;
        self.vault.validate().map_err(|(key, why)| SettingsError::Invalid { key, why })?;
        self.identity.validate(dev).map_err(|error| SettingsError::Identity(error.to_string()))?;
        if dev { self.check_loopback() } else { Ok(()) }
    }

    fn check_throttle(&self) -> Result<(), SettingsError> {
        let throttle = &self.throttle;
        in_range("throttle.window_seconds", throttle.window_seconds, &(1..=3600))?;
        let interval = throttle.sync_interval_milliseconds;
        in_range("throttle.sync_interval_milliseconds", interval, &(100..=60_000))?;
        for (key, limit) in [
            ("throttle.tenant_requests", throttle.tenant_requests),
            ("throttle.tenant_writes", throttle.tenant_writes),
            ("throttle.application_requests", throttle.application_requests),
            ("throttle.application_writes", throttle.application_writes),
        ] {
            in_range(key, limit.into(), &(1..=1_000_000))?;
        }
        Ok(())
    }

    fn check_public_url(&self) -> Result<(), SettingsError> {
        let is_origin = |text: &str| {
            let url = Url::parse(text).ok()?;
            let web = matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none();
            (web && url.path() == "/" && url.query().is_none() && url.fragment().is_none()).then_some(())
        };
        if !self.public_url.is_empty() && is_origin(&self.public_url).is_none() {
            return Err(
                self.bad_public_url("which is not a scheme and a host, such as https://graph.example.com")
            );
        }
        let plain = self.public_url.starts_with("http://") && !is_loopback(&self.public_url);
        if plain && self.profiles.iter().any(|profile| profile.connector.consents_elsewhere()) {
            return Err(self.bad_public_url("but must be https: partners send authorization codes there"));
        }
        Ok(())
    }

    fn bad_public_url(&self, why: &str) -> SettingsError {
        let why = format!("is {:?}, {why}", self.public_url);
        SettingsError::Invalid { key: "public_url", why }
    }

    /// The built-in issuer gives a token to whoever can read the data directory: it must not be reached from
    /// other machines.
    fn check_loopback(&self) -> Result<(), SettingsError> {
        for (key, address) in [("listen", self.listen), ("admin_listen", self.admin_listen)] {
            if !address.ip().is_loopback() {
                let why = format!("is {address}, but --dev serves on loopback only: use 127.0.0.1 or [::1]");
                return Err(SettingsError::Invalid { key, why });
            }
        }
        Ok(())
    }
}

fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests;
