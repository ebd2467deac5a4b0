//! The keys of a profile.

use gangway_domain::ConnectorKind;
use serde::{Deserialize, Deserializer};

/// More profiles are refused.
pub const MOST_PROFILES: usize = 64;

/// One way to connect a partner, as `[[profiles]]` in the configuration has it. Which keys belong to which connector
/// is in `default.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileSettings {
    /// Its name: 1 to 64 of `a-z`, `0-9` and `-`. It is part of the redirect URI.
    pub name: String,
    /// What its partners are called at first. Default: the name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The code that speaks the partner's dialect.
    #[serde(deserialize_with = "connector")]
    pub connector: ConnectorKind,
    /// Who we are to the partner.
    #[serde(default)]
    pub client_id: Option<String>,
    /// A file with the client's secret, which nobody else may read.
    #[serde(default)]
    pub client_secret_file: Option<String>,
    /// An environment variable with the client's secret.
    #[serde(default)]
    pub client_secret_env: Option<String>,
    /// What is asked for.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// The partner's issuer. Without endpoints they are discovered there; with them it only says what `iss` must be.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Where administrators consent.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// Where tokens are given.
    #[serde(default)]
    pub token_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    #[serde(default)]
    pub revocation_endpoint: Option<String>,
    /// Where tokens are looked up (RFC 7662).
    #[serde(default)]
    pub introspection_endpoint: Option<String>,
    /// Where an access token says whose it is, as `OpenID` Connect's userinfo endpoint does.
    #[serde(default)]
    pub account_endpoint: Option<String>,
    /// Error codes by which this partner says that a code or token is no good, beside those that are known.
    #[serde(default)]
    pub dead_token_errors: Option<Vec<String>>,
    /// Where administrators of `TeamViewer` consent.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// `TeamViewer`'s Web API.
    #[serde(default)]
    pub api: Option<String>,
    /// What a link opens.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Whether the partner may be in our own network, and spoken to over `http`.
    #[serde(default)]
    pub allow_private_addresses: Option<bool>,
    /// Certificates to trust beside the system's, in PEM.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// The longest one call to the partner may take. 1 to 60.
    #[serde(default)]
    pub timeout_seconds: Option<u64>,
}

fn connector<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ConnectorKind, D::Error> {
    let word = String::deserialize(deserializer)?;
    let words = &["oauth2", "teamviewer", "link", "simulated"];
    ConnectorKind::from_word(&word).ok_or_else(|| serde::de::Error::unknown_variant(&word, words))
}

impl ProfileSettings {
    /// A profile of which only this is said.
    #[must_use]
    pub fn new(name: &str, connector: ConnectorKind) -> Self {
        Self {
            name: name.to_owned(),
            display_name: None,
            connector,
            client_id: None,
            client_secret_file: None,
            client_secret_env: None,
            scopes: None,
            issuer: None,
            authorization_endpoint: None,
            token_endpoint: None,
            revocation_endpoint: None,
            introspection_endpoint: None,
            account_endpoint: None,
            dead_token_errors: None,
            authorize_url: None,
            api: None,
            base_url: None,
            allow_private_addresses: None,
            ca_file: None,
            timeout_seconds: None,
        }
    }

    /// Every key beside name, display name and connector, and whether it is given.
    pub(super) fn keys(&self) -> [(&'static str, bool); 17] {
        [
            ("client_id", self.client_id.is_some()),
            ("client_secret_file", self.client_secret_file.is_some()),
            ("client_secret_env", self.client_secret_env.is_some()),
            ("scopes", self.scopes.is_some()),
            ("issuer", self.issuer.is_some()),
            ("authorization_endpoint", self.authorization_endpoint.is_some()),
            ("token_endpoint", self.token_endpoint.is_some()),
            ("revocation_endpoint", self.revocation_endpoint.is_some()),
            ("introspection_endpoint", self.introspection_endpoint.is_some()),
            ("account_endpoint", self.account_endpoint.is_some()),
            ("dead_token_errors", self.dead_token_errors.is_some()),
            ("authorize_url", self.authorize_url.is_some()),
            ("api", self.api.is_some()),
            ("base_url", self.base_url.is_some()),
            ("allow_private_addresses", self.allow_private_addresses.is_some()),
            ("ca_file", self.ca_file.is_some()),
            ("timeout_seconds", self.timeout_seconds.is_some()),
        ]
    }
}
