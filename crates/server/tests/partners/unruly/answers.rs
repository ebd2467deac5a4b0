use std::time::Instant;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::super::wire::{answer, json_answer};
use super::super::{OAuthPartner, Request};
use super::State;
use super::family::{Account, Dialect, Introspection, Revocation, TokenAnswer};
use super::memory::{Given, Kind};

/// What it can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Describe,
    Redeem,
    Refresh,
    Revoke,
    Introspect,
    Account,
    /// What access tokens are for.
    Api,
    /// Nothing that there is.
    Unknown,
}

impl Call {
    pub(super) fn of(request: &Request) -> Self {
        let by_code = request.form().get("grant_type").is_some_and(|is| is == "authorization_code");
        match (request.method.as_str(), request.path()) {
            ("GET", "/.well-known/openid-configuration") => Self::Describe,
            ("POST", "/token") if by_code => Self::Redeem,
            ("POST", "/token") => Self::Refresh,
            ("POST", "/revoke") => Self::Revoke,
            ("POST", "/introspect") => Self::Introspect,
            ("GET", "/account") => Self::Account,
            ("GET", "/api") => Self::Api,
            _ => Self::Unknown,
        }
    }

    /// Whether its answer may have tokens in it.
    pub(super) fn gives(self) -> bool {
        matches!(self, Self::Redeem | Self::Refresh)
    }
}

/// The bytes of an answer, and its number where it has tokens in it.
pub(super) struct Reply {
    pub(super) bytes: Vec<u8>,
    pub(super) gave: Option<u64>,
}

impl From<Vec<u8>> for Reply {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, gave: None }
    }
}

impl State {
    pub(super) fn answer(&mut self, call: Call, request: &Request) -> Reply {
        let asks_as_client = matches!(call, Call::Redeem | Call::Refresh | Call::Revoke | Call::Introspect);
        if asks_as_client && !self.is_client(request) {
            return error("401 Unauthorized", "invalid_client").into();
        }
        match call {
            Call::Describe => json_answer("200 OK", "", &self.description().to_string()).into(),
            Call::Redeem | Call::Refresh => self.token(call, request),
            Call::Revoke => self.revoke(request).into(),
            Call::Introspect => self.introspect(request).into(),
            Call::Account if self.family.account == Account::Absent => not_found().into(),
            Call::Account => {
                self.opens(request, &json!({ "sub": "admin", "name": "admin of Contoso" })).into()
            }
            Call::Api => self.opens(request, &json!({})).into(),
            Call::Unknown => not_found().into(),
        }
    }

    fn is_client(&self, request: &Request) -> bool {
        let basic = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        let wanted = format!("{}:{}", OAuthPartner::CLIENT, self.family.secret);
        basic.is_some_and(|basic| basic == STANDARD.encode(wanted))
    }

    /// What is absent is not there either if somebody asks all the same.
    fn description(&self) -> Value {
        let base = &self.base;
        let mut description = json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
        });
        if self.family.revocation != Revocation::Absent {
            description["revocation_endpoint"] = format!("{base}/revoke").into();
        }
        if self.family.introspection != Introspection::Absent {
            description["introspection_endpoint"] = format!("{base}/introspect").into();
        }
        if self.family.account != Account::Absent {
            description["userinfo_endpoint"] = format!("{base}/account").into();
        }
        description
    }

    fn token(&mut self, call: Call, request: &Request) -> Reply {
        let form = request.form();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, field("code_verifier").as_bytes()).as_ref());
        let given = if call == Call::Refresh {
            self.memory.refresh(field("refresh_token"), &self.family)
        } else if field("redirect_uri") == self.redirect_uri {
            self.memory.redeem(field("code"), &challenge, &self.family)
        } else {
            None
        };
        let Some(given) = given else { return self.refusal().into() };
        if let Some(seconds) = self.family.says_seconds {
            self.said_until = Some(Instant::now() + std::time::Duration::from_secs(seconds));
        }
        if matches!(self.family.tokens, TokenAnswer::Riddle | TokenAnswer::Padded(_)) {
            self.is_unheard(Some(given.answer));
        }
        Reply { bytes: self.handed_over(&given), gave: Some(given.answer) }
    }

    fn handed_over(&self, given: &Given) -> Vec<u8> {
        let mut body = json!({ "access_token": given.access, "token_type": "Bearer" });
        if let Some(refresh) = &given.refresh {
            body["refresh_token"] = refresh.as_str().into();
        }
        if let Some(seconds) = self.family.says_seconds {
            body["expires_in"] = seconds.into();
        }
        match self.family.tokens {
            TokenAnswer::Plain => json_answer("200 OK", "", &body.to_string()),
            TokenAnswer::Created => json_answer("201 Created", "", &body.to_string()),
            TokenAnswer::Padded(bytes) => {
                body["padding"] = "x".repeat(bytes).into();
                json_answer("200 OK", "", &body.to_string())
            }
            TokenAnswer::Riddle => {
                json_answer("200 OK", "", &json!({ "ticket": [given.access, given.refresh] }).to_string())
            }
        }
    }

    fn refusal(&self) -> Vec<u8> {
        match self.family.dialect {
            Dialect::InvalidGrant => error("400 Bad Request", "invalid_grant"),
            Dialect::Forbidden => error("403 Forbidden", "invalid_grant"),
            Dialect::TokenInactive => error("401 Unauthorized", "token_inactive"),
            Dialect::Success => error("200 OK", "invalid_grant"),
            Dialect::Nested => {
                let body = json!({ "error": { "code": "invalid_grant", "message": "it is no good" } });
                json_answer("400 Bad Request", "", &body.to_string())
            }
        }
    }

    fn revoke(&mut self, request: &Request) -> Vec<u8> {
        if self.family.revocation == Revocation::Absent {
            return not_found();
        }
        let named = request.form().remove("token").unwrap_or_default();
        self.memory.revoke(&named, self.family.revocation);
        json_answer("200 OK", "", "{}")
    }

    fn introspect(&mut self, request: &Request) -> Vec<u8> {
        match self.family.introspection {
            Introspection::Absent => not_found(),
            Introspection::Forbidden => error("403 Forbidden", "forbidden"),
            Introspection::LoginPage => {
                answer("200 OK", "content-type: text/html\r\n", "<!doctype html><title>Sign in</title>")
            }
            Introspection::Text => json_answer("200 OK", "", r#"{"active":"true"}"#),
            Introspection::OfAll
            | Introspection::OfTheCodeFlow
            | Introspection::OfNone
            | Introspection::Late { .. } => {
                let named = request.form().remove("token").unwrap_or_default();
                let active = self.memory.introspect(&named, self.family.introspection);
                json_answer("200 OK", "", &json!({ "active": active }).to_string())
            }
        }
    }

    fn opens(&mut self, request: &Request, inside: &Value) -> Vec<u8> {
        if self.memory.opens(request.bearer().unwrap_or_default(), Kind::Access, Instant::now()) {
            return json_answer("200 OK", "", &inside.to_string());
        }
        error("401 Unauthorized", "invalid_token")
    }
}

fn error(status: &str, error: &str) -> Vec<u8> {
    json_answer(status, "", &json!({ "error": error, "error_description": "it is no good" }).to_string())
}

fn not_found() -> Vec<u8> {
    answer("404 Not Found", "", "")
}
