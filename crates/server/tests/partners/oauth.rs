//! `oidc-provider` as a partner: real software that nobody here wrote.

mod browser;
mod setup;

use std::collections::BTreeMap;
use std::process::Child;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use self::browser::Browser;
use super::Callback;

pub(crate) use self::setup::{OAuthSetup, Rotation};

/// A real OAuth 2.0 and OpenID provider in the place of a partner. It is killed when the test lets go of it.
///
/// What the fixture itself asks goes to the partner directly, past whatever stands before it, and is not among
/// its [`OAuthPartner::requests`] but for what a browser does.
pub(crate) struct OAuthPartner {
    process: Child,
    issuer: String,
    direct: Url,
    redirect_uri: String,
    http: reqwest::Client,
}

/// One request the partner has answered. Secrets are there as the first digits of their hash.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Answered {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    /// Which client asked, if it said so.
    pub(crate) client: Option<String>,
    pub(crate) grant_type: Option<String>,
    /// The `token_type_hint`.
    pub(crate) hint: Option<String>,
    /// Of the token or code in question.
    pub(crate) secret: Option<String>,
}

/// How much the client could still use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Usable {
    pub(crate) access_tokens: usize,
    pub(crate) refresh_tokens: usize,
    pub(crate) codes: usize,
    /// Consents; without tokens they open nothing.
    pub(crate) grants: usize,
}

impl OAuthPartner {
    pub(crate) const CLIENT: &str = "gangway";
    pub(crate) const SECRET: &str = "secret";

    /// A partner for this redirect URI, which has to match to the letter.
    pub(crate) fn setup(redirect_uri: &str) -> OAuthSetup {
        OAuthSetup::new(redirect_uri)
    }

    /// As it comes, on a free port.
    pub(crate) fn start(redirect_uri: &str) -> Self {
        Self::setup(redirect_uri).start()
    }

    /// What it calls itself. Without a slash at the end.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where it listens, whatever stands before it.
    pub(crate) fn direct(&self) -> &Url {
        &self.direct
    }

    /// An administrator goes where they are sent, signs in and consents. Says where they are sent back to, and
    /// does not go there.
    pub(crate) async fn consent(&self, authorization_url: &str) -> Callback {
        self.consent_as(authorization_url, "admin").await
    }

    /// As [`OAuthPartner::consent`], with this account.
    pub(crate) async fn consent_as(&self, authorization_url: &str, account: &str) -> Callback {
        Browser::new(self, account, "allow").visit(authorization_url).await
    }

    /// As [`OAuthPartner::consent`], but the answer is no.
    pub(crate) async fn deny(&self, authorization_url: &str) -> Callback {
        Browser::new(self, "admin", "deny").visit(authorization_url).await
    }

    /// Whether a token opens anything, as the partner tells somebody who is not Gangway (RFC 7662). It does so
    /// even if it has no introspection for others.
    pub(crate) async fn is_active(&self, token: &str) -> bool {
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", token).finish();
        let request = self.http.post(self.at("/token/introspection"));
        let request = request.basic_auth("oracle", Some("oracle-secret")).body(body);
        let answer =
            request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        assert_eq!(answer.status(), 200, "the oracle is refused");
        answer.json::<Value>().await.unwrap()["active"].as_bool().unwrap()
    }

    /// How much its client could still use.
    pub(crate) async fn usable(&self) -> Usable {
        self.told("/test/tokens").await
    }

    /// Every token that its client was ever given.
    pub(crate) async fn given(&self) -> Vec<String> {
        self.told("/test/given").await
    }

    /// Those of them that open anything.
    pub(crate) async fn alive(&self) -> Vec<String> {
        let mut alive = Vec::new();
        for token in self.given().await {
            if self.is_active(&token).await {
                alive.push(token);
            }
        }
        alive
    }

    /// What it has answered, oldest first.
    pub(crate) async fn requests(&self) -> Vec<Answered> {
        self.told("/test/requests").await
    }

    /// What was asked of its revocation endpoint.
    pub(crate) async fn revocations(&self) -> Vec<Answered> {
        let mut requests = self.requests().await;
        requests.retain(|request| request.path == "/token/revocation");
        requests
    }

    /// Its description of itself, as seen by whoever comes directly.
    pub(crate) async fn discovery(&self) -> BTreeMap<String, Value> {
        self.told("/.well-known/openid-configuration").await
    }

    async fn told<T: DeserializeOwned>(&self, path: &str) -> T {
        self.http.get(self.at(path)).send().await.unwrap().json().await.unwrap()
    }

    fn at(&self, path: &str) -> Url {
        self.direct.join(path).unwrap()
    }
}

impl Drop for OAuthPartner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
