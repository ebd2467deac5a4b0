mod check;
mod tenants;

use gangway_graph::Profile;
use serde::{Deserialize, Deserializer};
use url::Url;

pub use check::InvalidSettings;
pub use tenants::TenantsSetting;

/// Whose tokens are accepted, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentitySettings {
    /// Which permissions are asked for: `"documented"` (default) or `"current"`.
    #[serde(deserialize_with = "profile")]
    pub permissions: Profile,
    /// The OIDC issuers whose tokens are accepted. At least one, unless the dev issuer is on.
    pub issuers: Vec<IssuerSettings>,
    /// What `aud` may be, for issuers that have no list of their own. Default: the names Microsoft Graph has.
    pub audiences: Vec<String>,
    /// The tenants served: `"any"`, or a list of tenant ids (GUIDs). Default: any tenant the issuers vouch
    /// for. With an issuer template (`{tenantid}`) it has to be said, because that vouches for every tenant
    /// there is.
    pub tenants: Option<TenantsSetting>,
    /// How far the issuer's clock may be from this one, in seconds, 0 to 300. Default: 60.
    pub leeway_seconds: u64,
    /// How often an issuer's keys are fetched anew, in seconds, 60 to 86400. Default: 3600. A key the issuer
    /// withdraws is trusted for at most this long, or until the next fetch that succeeds: while an issuer
    /// cannot be reached its keys stay as they were, so that its outage is not ours.
    pub key_refresh_interval_seconds: u64,
    /// How soon after a fetch because of an unknown key the next one may follow, in seconds, 1 to 3600.
    /// Default: 30. It keeps made-up tokens from becoming load on the issuer.
    pub unknown_key_refresh_interval_seconds: u64,
    /// How many verified tokens are remembered, 1 to 1000000. Default: 10000, about 10 MB at most.
    pub token_cache_size: usize,
}

/// One OIDC issuer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// What `iss` is in its tokens and `issuer` in its discovery document, exactly: an `https` URL, or `http`
    /// on a loopback host. It may contain `{tenantid}` as Entra ID's documents do; then `iss` must be this with
    /// the token's own `tid` put in.
    pub issuer: String,
    /// Where its discovery document is. Default: `<issuer>/.well-known/openid-configuration`; it has to be
    /// said for a template.
    #[serde(default, deserialize_with = "optional_url")]
    pub discovery: Option<Url>,
    /// What `aud` may be in its tokens. Default: the global list.
    #[serde(default)]
    pub audiences: Option<Vec<String>>,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            permissions: Profile::Documented,
            issuers: Vec::new(),
            audiences: [
                "https://graph.microsoft.com",
                "https://graph.microsoft.com/",
                "00000003-0000-0000-c000-000000000000",
            ]
            .map(str::to_owned)
            .to_vec(),
            tenants: None,
            leeway_seconds: 60,
            key_refresh_interval_seconds: 3600,
            unknown_key_refresh_interval_seconds: 30,
            token_cache_size: 10_000,
        }
    }
}

impl IssuerSettings {
    /// An issuer with everything else by default.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), discovery: None, audiences: None }
    }

    /// Where the discovery document is; `None` if nobody said so and the issuer is no URL to derive it from.
    pub(super) fn discovery_url(&self) -> Option<Url> {
        self.discovery.clone().or_else(|| {
            let issuer = self.issuer.strip_suffix('/').unwrap_or(&self.issuer);
            Url::parse(&format!("{issuer}/.well-known/openid-configuration")).ok()
        })
    }
}

fn profile<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Profile, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "documented" => Ok(Profile::Documented),
        "current" => Ok(Profile::Current),
        other => Err(serde::de::Error::unknown_variant(other, &["documented", "current"])),
    }
}

fn optional_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse()).transpose().map_err(serde::de::Error::custom)
}
