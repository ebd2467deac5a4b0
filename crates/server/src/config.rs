//! What the operator decides: defaults, a file, the environment, the command line, each over the one before.

mod store;

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::{Config, ConfigError, Environment, File, FileFormat};
use gangway_domain::ConnectorKind;
use serde::Deserialize;

use crate::connector;
use crate::http::{ListenerLimits, TrustedProxies};
use crate::identity;
use crate::system::logging::LogSettings;
use crate::throttle::ThrottleSettings;
use crate::vault;

pub(crate) use store::StoreSettings;

/// Every key with its default; the reference.
pub(crate) const DEFAULTS: &str = include_str!("../default.toml");

const PREFIX: &str = "GANGWAY_";
/// Names the file itself, so it is no key in it.
pub(crate) const CONFIG_FILE: &str = "GANGWAY_CONFIG";

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) admin_listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) public_url: String,
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

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpSettings {
    pub(crate) max_connections: usize,
    pub(crate) head_timeout_seconds: u64,
    pub(crate) body_timeout_seconds: u64,
    pub(crate) write_timeout_seconds: u64,
    pub(crate) request_timeout_seconds: u64,
    pub(crate) drain_timeout_seconds: u64,
    pub(crate) trusted_proxies: TrustedProxies,
}

impl HttpSettings {
    /// What a listener takes on.
    pub(crate) const fn limits(&self) -> ListenerLimits {
        ListenerLimits {
            connections: self.max_connections,
            head_timeout: Duration::from_secs(self.head_timeout_seconds),
            write_timeout: Duration::from_secs(self.write_timeout_seconds),
            drain_timeout: Duration::from_secs(self.drain_timeout_seconds),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnboardingSettings {
    #[serde(deserialize_with = "created_as")]
    pub(crate) created_as: ConnectorKind,
    pub(crate) attempt_minutes: u64,
    pub(crate) expiry_check_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseSettings {
    pub(crate) at_once: usize,
    pub(crate) check_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeSettings {
    pub(crate) name: String,
}

fn created_as<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ConnectorKind, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "link" => Ok(ConnectorKind::Link),
        "simulated" => Ok(ConnectorKind::Simulated),
        other => Err(serde::de::Error::unknown_variant(other, &["link", "simulated"])),
    }
}

/// What is wrong with the settings, in one line that names the key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{}", one_line(.0))]
    Unreadable(#[from] ConfigError),
    #[error("{}: {why}", path.display())]
    File { path: PathBuf, why: String },
    #[error("{0} is not UTF-8")]
    NotText(String),
    #[error("{key} {why}")]
    Invalid { key: &'static str, why: String },
    #[error("{0}")]
    Identity(String),
    #[error(transparent)]
    Profile(#[from] connector::InvalidProfile),
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

    fn check(&self, dev: bool) -> Result<(), SettingsError> {
        let http = &self.http;
        let onboarding = &self.onboarding;
        let seconds = 1..=3600;
        in_range("http.max_connections", http.max_connections as u64, &(1..=1_000_000))?;
        in_range("http.head_timeout_seconds", http.head_timeout_seconds, &seconds)?;
        in_range("http.body_timeout_seconds", http.body_timeout_seconds, &seconds)?;
        in_range("http.write_timeout_seconds", http.write_timeout_seconds, &seconds)?;
        in_range("http.request_timeout_seconds", http.request_timeout_seconds, &seconds)?;
        in_range("http.drain_timeout_seconds", http.drain_timeout_seconds, &(0..=3600))?;
        in_range("onboarding.attempt_minutes", onboarding.attempt_minutes, &(1..=1440))?;
        in_range("onboarding.expiry_check_seconds", onboarding.expiry_check_seconds, &seconds)?;
        in_range("release.at_once", self.release.at_once as u64, &(1..=1000))?;
        in_range("release.check_seconds", self.release.check_seconds, &(1..=60))?;
        self.store.check()?;
        self.check_node()?;
        self.check_throttle()?;
        self.check_public_url()?;
        // With --dev the address that is listened on is the one that browsers use.
        connector::check(&self.profiles, dev || !self.public_url.is_empty())?;
        self.vault.validate().map_err(|(key, why)| SettingsError::Invalid { key, why })?;
        self.identity.validate(dev).map_err(|error| SettingsError::Identity(error.to_string()))?;
        if dev { self.check_loopback() } else { Ok(()) }
    }

    fn check_node(&self) -> Result<(), SettingsError> {
        let name = &self.node.name;
        if name.len() <= 100 && !name.chars().any(char::is_control) {
            return Ok(());
        }
        let why = "is longer than 100 bytes, or has control characters in it".into();
        Err(SettingsError::Invalid { key: "node.name", why })
    }

    fn check_throttle(&self) -> Result<(), SettingsError> {
        let throttle = &self.throttle;
        in_range("throttle.window_seconds", throttle.window_seconds, &(1..=3600))?;
        in_range("throttle.sync_milliseconds", throttle.sync_milliseconds, &(100..=60_000))?;
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
            let url = url::Url::parse(text).ok()?;
            let web = matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none();
            (web && url.path() == "/" && url.query().is_none() && url.fragment().is_none()).then_some(())
        };
        if !self.public_url.is_empty() && is_origin(&self.public_url).is_none() {
            return Err(self.bad_public_url("which is not a scheme and host like https://graph.example.com"));
        }
        let plain = self.public_url.starts_with("http://") && !is_loopback(&self.public_url);
        if plain && self.profiles.iter().any(|profile| profile.connector.consents_elsewhere()) {
            return Err(self.bad_public_url("but partners send their codes back there: it has to be https"));
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
                let why = format!("is {address}, but --dev serves on loopback only: 127.0.0.1 or [::1]");
                return Err(SettingsError::Invalid { key, why });
            }
        }
        Ok(())
    }
}

/// All sources, one over the other.
fn built(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    overrides: &[(&str, String)],
    dev: bool,
) -> Result<Config, SettingsError> {
    let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if dev {
        builder = builder.add_source(File::from_str(DEV_DEFAULTS, FileFormat::Toml));
    }
    if let Some(path) = file {
        builder = builder.add_source(File::from_str(&read(path)?, FileFormat::Toml));
    }
    builder = builder.add_source(from_environment(environment)?);
    for (key, value) in overrides {
        builder = builder.set_override(*key, value.as_str())?;
    }
    // The defaults parse, so it is the operator's file that does not.
    builder.build().map_err(|error| match file {
        Some(path) => SettingsError::File { path: path.to_owned(), why: one_line(&error) },
        None => error.into(),
    })
}

fn is_loopback(url: &str) -> bool {
    match url::Url::parse(url).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path)
        .map_err(|error| SettingsError::File { path: path.to_owned(), why: error.to_string() })
}

/// A parser's error without its drawing of the place; the line and column are in its first line.
fn one_line(error: &ConfigError) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    lines.collect::<Vec<_>>().join(": ")
}

/// What is different with `--dev`.
const DEV_DEFAULTS: &str = r#"
[identity]
tenants = "any"
# Tokens are made and checked by the same clock, so that one made to have expired has.
leeway_seconds = 0
[onboarding]
created_as = "simulated"
[throttle]
enabled = false
"#;

/// The variables that are ours. What others have in the environment may be any bytes.
fn from_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Environment, SettingsError> {
    let mut ours = HashMap::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && *name != CONFIG_FILE) else {
            continue;
        };
        let value = value.into_string().map_err(|_| SettingsError::NotText(name.to_owned()))?;
        ours.insert(name.to_owned(), value);
    }
    let environment = Environment::with_prefix("GANGWAY")
        .prefix_separator("_")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .with_list_parse_key("identity.audiences")
        .with_list_parse_key("http.trusted_proxies")
        .source(Some(ours));
    Ok(environment)
}

fn in_range(key: &'static str, value: u64, range: &RangeInclusive<u64>) -> Result<(), SettingsError> {
    if range.contains(&value) {
        return Ok(());
    }
    let why = format!("is {value}, but must be {} to {}", range.start(), range.end());
    Err(SettingsError::Invalid { key, why })
}

#[cfg(test)]
mod tests;
