//! A client of partners as plain as can be: no code of Gangway's is in it.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::partners::{OAuthPartner, TeamViewerStandIn};

pub(crate) const REDIRECT: &str = "https://gangway.example/gangway/v1/callback";
pub(crate) const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-taken-by-anyone";

pub(crate) fn http() -> reqwest::Client {
    builder().build().unwrap()
}

pub(crate) fn builder() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.timeout(Duration::from_secs(20))
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn field(&self, name: &str) -> String {
        let json = self.json();
        json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned()
    }

    #[track_caller]
    pub(crate) fn is_error(&self, error: &str) {
        assert_eq!((self.status, self.field("error").as_str()), (400, error));
    }
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Ok(Answer { status, headers, text: answer.text().await? })
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Posts a form without proving who asks.
pub(crate) async fn post(url: &str, fields: &[(&str, &str)]) -> Answer {
    let request = http().post(url).header("content-type", "application/x-www-form-urlencoded");
    send(request.body(form(fields))).await.unwrap()
}

pub(crate) async fn get(url: &str) -> Answer {
    send(http().get(url)).await.unwrap()
}

/// Where to consent at a real partner.
pub(crate) fn authorization_url(base: &str, redirect_uri: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    let fields = [
        ("response_type", "code"),
        ("client_id", OAuthPartner::CLIENT),
        ("redirect_uri", redirect_uri),
        ("scope", "openid profile email offline_access"),
        ("state", "the-state"),
        ("code_challenge", &URL_SAFE_NO_PAD.encode(digest)),
        ("code_challenge_method", "S256"),
    ];
    format!("{base}/auth?{}", form(&fields))
}

/// What a partner gave.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl From<Answer> for Tokens {
    #[track_caller]
    fn from(answer: Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text);
        Self { access: answer.field("access_token"), refresh: answer.field("refresh_token") }
    }
}

/// A client of a real partner, at this base.
pub(crate) struct OAuthCaller(pub(crate) String);

impl OAuthCaller {
    pub(crate) fn of(partner: &OAuthPartner) -> Self {
        Self(partner.direct().as_str().trim_end_matches('/').to_owned())
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = http().post(format!("{}{path}", self.0)).body(form(fields));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        send(request.basic_auth(OAuthPartner::CLIENT, Some(OAuthPartner::SECRET))).await.unwrap()
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        self.post("/token", &fields).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> u16 {
        self.post("/token/revocation", &[("token", token)]).await.status
    }

    pub(crate) async fn connect(&self, partner: &OAuthPartner) -> Tokens {
        let callback = partner.consent(&authorization_url(&self.0, REDIRECT)).await;
        self.redeem(&callback.code()).await.into()
    }

    pub(crate) async fn userinfo(&self, token: &str) -> Answer {
        send(http().get(format!("{}/me", self.0)).bearer_auth(token)).await.unwrap()
    }
}

/// A client of the stand-in.
pub(crate) struct TeamViewerCaller(pub(crate) String);

impl TeamViewerCaller {
    pub(crate) fn authorization_url(&self, redirect_uri: &str) -> String {
        let mut url = Url::parse(&format!("{}/oauth2/authorize", self.0)).unwrap();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", TeamViewerStandIn::CLIENT)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", "the-state");
        url.into()
    }

    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        let app = [("client_id", TeamViewerStandIn::CLIENT), ("client_secret", TeamViewerStandIn::SECRET)];
        post(&format!("{}/api/v1/OAuth2/token", self.0), &[fields, &app].concat()).await
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)]).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn connect(&self, stand_in: &TeamViewerStandIn) -> Tokens {
        let callback = stand_in.consent(&self.authorization_url(REDIRECT)).await;
        self.redeem(&callback.code()).await.into()
    }

    pub(crate) async fn revoke(&self, token: &str) -> Answer {
        send(http().post(format!("{}/api/v1/OAuth2/revoke", self.0)).bearer_auth(token)).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        send(http().get(format!("{}/api/v1{path}", self.0)).bearer_auth(token)).await.unwrap()
    }
}
