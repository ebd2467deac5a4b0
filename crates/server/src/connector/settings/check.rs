use std::time::Duration;

use gangway_domain::{ConnectorKind, ProfileName};
use url::Url;

use super::keys::{MOST_PROFILES, ProfileSettings};
use super::secret_source::SecretSource;
use crate::connector::answer::has_a_meaning_of_its_own;
use crate::connector::guard::Guard;
use crate::connector::plan::{Client, Dialect, Endpoints};

const DEFAULT_TIMEOUT: u64 = 10;
const LONGEST_TIMEOUT: u64 = 60;
/// Of client ids, scopes and display names, in bytes.
const LONGEST_TEXT: usize = 1024;
const MOST_SCOPES: usize = 64;
/// As long as what is taken for an error code of a partner.
const LONGEST_ERROR: usize = 64;
const MOST_ERRORS: usize = 32;
const TEAMVIEWER_AUTHORIZE: &str = "https://login.teamviewer.com/oauth2/authorize";
const TEAMVIEWER_API: &str = "https://webapi.teamviewer.com/api/v1";

/// What is wrong with the profiles, in one line that names the key and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProfile {
    /// There are too many.
    #[error("profiles has {0} entries, but at most {MOST_PROFILES} are taken")]
    TooMany(usize),
    /// Partners could not send browsers back.
    #[error(
        "public_url is empty, but profiles[{0}] needs it: partners send browsers back there, so set it to the scheme \
         and host that browsers use, like https://graph.example.com"
    )]
    NoPublicUrl(ProfileName),
    /// A key of one is wrong.
    #[error("profiles[{profile}].{key} {why}")]
    Key {
        /// Its name, as far as it can be shown.
        profile: String,
        /// The key.
        key: &'static str,
        /// What is wrong, and what to do.
        why: String,
    },
}

impl ProfileSettings {
    pub(super) fn invalid(&self, key: &'static str, why: impl Into<String>) -> InvalidProfile {
        let profile = self.name.chars().take(64).map(|c| if c.is_control() { '?' } else { c }).collect();
        InvalidProfile::Key { profile, key, why: why.into() }
    }

    pub(super) fn check_keys(&self) -> Result<(), InvalidProfile> {
        let kind = self.connector;
        let belonging = belonging(kind);
        let strange = |&(key, given): &(&'static str, bool)| given && !belonging.contains(&key);
        match self.keys().into_iter().find(strange) {
            Some((key, _)) => {
                let why = format!("does not belong to connector \"{}\": remove it", kind.as_str());
                Err(self.invalid(key, why))
            }
            None => Ok(()),
        }
    }

    pub(super) fn text<'a>(
        &self,
        key: &'static str,
        value: Option<&'a String>,
    ) -> Result<&'a str, InvalidProfile> {
        let text = value.ok_or_else(|| self.invalid(key, "is missing: this connector needs it"))?;
        let good = !text.is_empty() && text.len() <= LONGEST_TEXT && !text.chars().any(char::is_control);
        let why = || self.invalid(key, format!("has to be one line of 1 to {LONGEST_TEXT} bytes"));
        good.then_some(text.as_str()).ok_or_else(why)
    }

    pub(super) fn url(&self, key: &'static str, text: &str) -> Result<Url, InvalidProfile> {
        let guard = Guard { allow_private: self.allow_private_addresses == Some(true) };
        let url = Url::parse(text).map_err(|error| self.invalid(key, format!("is no URL: {error}")))?;
        guard.check_url(&url).map_err(|why| self.invalid(key, why.to_string()))?;
        Ok(url)
    }

    fn optional_url(&self, key: &'static str, text: Option<&String>) -> Result<Option<Url>, InvalidProfile> {
        text.map(|text| self.url(key, text)).transpose()
    }

    fn scopes(&self) -> Result<Vec<String>, InvalidProfile> {
        let scopes = self.scopes.clone().unwrap_or_default();
        // RFC 6749, section 3.3.
        let is_token = |scope: &String| {
            let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            (1..=LONGEST_TEXT).contains(&scope.len()) && scope.bytes().all(allowed)
        };
        if scopes.len() > MOST_SCOPES || !scopes.iter().all(is_token) {
            let why =
                format!("has to be at most {MOST_SCOPES} scopes, each a text of its own without spaces");
            return Err(self.invalid("scopes", why));
        }
        Ok(scopes)
    }

    fn dead_token_errors(&self) -> Result<Vec<String>, InvalidProfile> {
        let key = "dead_token_errors";
        let errors = self.dead_token_errors.clone().unwrap_or_default();
        let is_code = |error: &String| {
            (1..=LONGEST_ERROR).contains(&error.len()) && error.bytes().all(|b| b.is_ascii_graphic())
        };
        if errors.len() > MOST_ERRORS || !errors.iter().all(is_code) {
            let why = format!(
                "has to be at most {MOST_ERRORS} error codes, each of 1 to {LONGEST_ERROR} visible ASCII characters"
            );
            return Err(self.invalid(key, why));
        }
        match errors.iter().find(|error| has_a_meaning_of_its_own(error)) {
            Some(error) => Err(self.invalid(key, format!("has {error}, which is about no token: remove it"))),
            None => Ok(errors),
        }
    }

    pub(super) fn timeout(&self) -> Result<Duration, InvalidProfile> {
        let seconds = self.timeout_seconds.unwrap_or(DEFAULT_TIMEOUT);
        if !(1..=LONGEST_TIMEOUT).contains(&seconds) {
            let why = format!("is {seconds}, but must be 1 to {LONGEST_TIMEOUT}");
            return Err(self.invalid("timeout_seconds", why));
        }
        Ok(Duration::from_secs(seconds))
    }

    pub(super) fn secret(&self) -> Result<Option<SecretSource>, InvalidProfile> {
        match (&self.client_secret_file, &self.client_secret_env) {
            (Some(_), Some(_)) => {
                Err(self.invalid("client_secret_env", "is given beside client_secret_file: remove one"))
            }
            (Some(path), None) => Ok(Some(SecretSource::File(path.into()))),
            (None, Some(name)) if name.is_empty() || name.starts_with("GANGWAY_") => {
                let why = "has to name a variable, and not one of GANGWAY_, which are settings themselves";
                Err(self.invalid("client_secret_env", why))
            }
            (None, Some(name)) => Ok(Some(SecretSource::Environment(name.clone()))),
            (None, None) => Ok(None),
        }
    }

    pub(super) fn dialect(&self) -> Result<Option<Dialect>, InvalidProfile> {
        Ok(Some(match self.connector {
            ConnectorKind::Link => return Ok(None),
            ConnectorKind::Simulated => Dialect::Simulated {},
            ConnectorKind::OAuth2 => self.oauth2()?,
            ConnectorKind::TeamViewer => self.teamviewer()?,
        }))
    }

    fn client(&self) -> Result<Client, InvalidProfile> {
        Ok(Client { id: self.text("client_id", self.client_id.as_ref())?.to_owned(), secret: None })
    }

    fn oauth2(&self) -> Result<Dialect, InvalidProfile> {
        let (client, scopes) = (self.client()?, self.scopes()?);
        let issuer = self.issuer.clone();
        if let Some(text) = &issuer {
            let url = self.url("issuer", text)?;
            if url.query().is_some() {
                return Err(self.invalid("issuer", "has a query, which no issuer has (RFC 8414): remove it"));
            }
        }
        let endpoints = self.endpoints()?.map(Box::new);
        if issuer.is_none() && endpoints.is_none() {
            let why = "is missing: give it, or authorization_endpoint and token_endpoint";
            return Err(self.invalid("issuer", why));
        }
        let dead_token_errors = self.dead_token_errors()?;
        Ok(Dialect::OAuth2 { client, scopes, issuer, endpoints, dead_token_errors })
    }

    fn endpoints(&self) -> Result<Option<Endpoints>, InvalidProfile> {
        let is_endpoint = |&(key, given): &(&str, bool)| given && key.ends_with("_endpoint");
        if !self.keys().iter().any(is_endpoint) {
            return Ok(None);
        }
        let needed = |key, text: Option<&String>| {
            let why = "is missing: where one endpoint is given, this one is needed too";
            self.url(key, text.ok_or_else(|| self.invalid(key, why))?)
        };
        Ok(Some(Endpoints {
            authorization: needed("authorization_endpoint", self.authorization_endpoint.as_ref())?,
            token: needed("token_endpoint", self.token_endpoint.as_ref())?,
            revocation: self.optional_url("revocation_endpoint", self.revocation_endpoint.as_ref())?,
            introspection: self
                .optional_url("introspection_endpoint", self.introspection_endpoint.as_ref())?,
            account: self.optional_url("account_endpoint", self.account_endpoint.as_ref())?,
            names_itself: false,
        }))
    }

    fn teamviewer(&self) -> Result<Dialect, InvalidProfile> {
        let client = self.client()?;
        if self.secret()?.is_none() {
            let why =
                "is missing: TeamViewer's apps have a secret; give it in a file, or in client_secret_env";
            return Err(self.invalid("client_secret_file", why));
        }
        let url_or =
            |key, text: Option<&String>, default| self.url(key, text.map_or(default, String::as_str));
        let authorize_url = url_or("authorize_url", self.authorize_url.as_ref(), TEAMVIEWER_AUTHORIZE)?;
        let api = url_or("api", self.api.as_ref(), TEAMVIEWER_API)?;
        if api.query().is_some() {
            return Err(self.invalid("api", "has a query, but paths are added to it: remove it"));
        }
        let dead_token_errors = self.dead_token_errors()?;
        Ok(Dialect::TeamViewer { client, authorize_url, api, dead_token_errors })
    }
}

/// The keys that belong to a connector, beside those that belong to all.
const fn belonging(kind: ConnectorKind) -> &'static [&'static str] {
    match kind {
        ConnectorKind::OAuth2 => &[
            "client_id",
            "client_secret_file",
            "client_secret_env",
            "scopes",
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "revocation_endpoint",
            "introspection_endpoint",
            "account_endpoint",
            "dead_token_errors",
            "allow_private_addresses",
            "ca_file",
            "timeout_seconds",
        ],
        ConnectorKind::TeamViewer => &[
            "client_id",
            "client_secret_file",
            "client_secret_env",
            "authorize_url",
            "api",
            "dead_token_errors",
            "allow_private_addresses",
            "ca_file",
            "timeout_seconds",
        ],
        ConnectorKind::Link => &["base_url", "allow_private_addresses"],
        ConnectorKind::Simulated => &[],
    }
}
