use std::fmt::Write as _;

use crate::partners::{OAuthPartner, TeamViewerStandIn};

/// Where browsers find the server, as partners know it.
pub(crate) const PUBLIC_URL: &str = "https://gangway.example";

/// Where partners send browsers back to.
pub(crate) fn redirect_uri(profile: &str) -> String {
    format!("{PUBLIC_URL}/gangway/v1/callback/{profile}")
}

/// One of `[[profiles]]`.
#[derive(Clone)]
pub(crate) struct Profile(String);

impl Profile {
    /// An OAuth partner of this issuer, which says itself where it answers.
    pub(crate) fn oauth2(name: &str, issuer: &str) -> Self {
        Self::of(name, "oauth2")
            .set("client_id", OAuthPartner::CLIENT)
            .set("client_secret_env", "OAUTH_SECRET")
            .set("issuer", issuer)
            .line("scopes = [\"openid\", \"profile\", \"email\"]")
            .line("allow_private_addresses = true")
    }

    /// What answers like `TeamViewer` at this URL.
    pub(crate) fn teamviewer(name: &str, url: &str) -> Self {
        Self::of(name, "teamviewer")
            .set("client_id", TeamViewerStandIn::CLIENT)
            .set("client_secret_env", "TEAMVIEWER_SECRET")
            .set("authorize_url", &format!("{url}/oauth2/authorize"))
            .set("api", &format!("{url}/api/v1"))
            .line("allow_private_addresses = true")
    }

    pub(crate) fn of(name: &str, connector: &str) -> Self {
        Self("[[profiles]]\n".to_owned()).set("name", name).set("connector", connector)
    }

    /// With a key whose value is a text.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        writeln!(self.0, "{key} = {value:?}").unwrap();
        self
    }

    /// With a line of TOML.
    pub(crate) fn line(mut self, line: &str) -> Self {
        writeln!(self.0, "{line}").unwrap();
        self
    }

    /// Without a line that begins so.
    pub(crate) fn without(self, key: &str) -> Self {
        let lines: Vec<_> = self.0.lines().filter(|line| !line.starts_with(key)).collect();
        Self(format!("{}\n", lines.join("\n")))
    }

    /// A call to the partner may take this long.
    pub(crate) fn timeout(self, seconds: u32) -> Self {
        self.line(&format!("timeout_seconds = {seconds}"))
    }

    /// Its table in the configuration.
    pub(crate) fn toml(&self) -> String {
        self.0.clone()
    }

    /// Where the secrets of all profiles are.
    pub(crate) fn environment() -> impl Iterator<Item = (&'static str, &'static str)> {
        [("OAUTH_SECRET", OAuthPartner::SECRET), ("TEAMVIEWER_SECRET", TeamViewerStandIn::SECRET)].into_iter()
    }
}
