use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::State as Shared;
use axum::http::{self, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use url::Url;

use super::{Request, State, TeamViewerStandIn};

pub(super) async fn answer(
    Shared(state): Shared<Arc<Mutex<State>>>,
    request: http::Request<Body>,
) -> Response {
    let request = whole(request).await;
    let mut state = state.lock().unwrap();
    state.requests.push(request.clone());
    // The vendor writes both OAuth2 and oauth2.
    match (request.method.as_str(), request.path().to_lowercase().as_str()) {
        ("GET", "/oauth2/authorize") => state.authorize(&request),
        ("POST", "/api/v1/oauth2/token") => state.token(&request),
        ("POST", "/api/v1/oauth2/revoke") => state.revoke(&request),
        ("GET", "/api/v1/ping") => state.ping(&request),
        ("GET", "/api/v1/account") => state.account(&request),
        ("GET", "/api/v1/sessions") => state.sessions(&request),
        _ => error(404, "not_found", "no such resource"),
    }
}

async fn whole(request: http::Request<Body>) -> Request {
    let (head, body) = request.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Request {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: to_bytes(body, 1 << 20).await.unwrap_or_default().to_vec(),
    }
}

impl State {
    /// Consents for whoever comes, unless they say no.
    fn authorize(&mut self, request: &Request) -> Response {
        let query = request.query();
        let is = |name: &str, value: &str| query.get(name).is_some_and(|given| given == value);
        if !is("response_type", "code") || !is("client_id", TeamViewerStandIn::CLIENT) {
            return error(400, "invalid_request", "no such app");
        }
        if !is("redirect_uri", &self.redirect_uri) {
            return error(400, "invalid_request", "the redirect URI is not the one of the app");
        }
        let mut callback = Url::parse(&self.redirect_uri).unwrap();
        if request.header("x-answer") == Some("deny") {
            callback.query_pairs_mut().append_pair("error", "access_denied");
        } else {
            let code = self.grants.begin(request.header("x-user").unwrap_or(&self.habits.account));
            callback.query_pairs_mut().append_pair("code", &code);
        }
        if let Some(state) = query.get("state") {
            callback.query_pairs_mut().append_pair("state", state);
        }
        (StatusCode::FOUND, [(header::LOCATION, callback.to_string())]).into_response()
    }

    fn token(&mut self, request: &Request) -> Response {
        let form = request.form();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        let kind = request.header("content-type").unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return error(400, "invalid_request", "this stand-in takes forms only");
        }
        if (field("client_id"), field("client_secret"))
            != (TeamViewerStandIn::CLIENT, TeamViewerStandIn::SECRET)
        {
            return error(400, "invalid_client", "the app is not known, or its secret is wrong");
        }
        let tokens = match field("grant_type") {
            "authorization_code" if field("redirect_uri") != self.redirect_uri => None,
            "authorization_code" => self.grants.redeem(field("code"), &self.habits),
            "refresh_token" => self.grants.refresh(field("refresh_token"), &self.habits),
            _ => return error(400, "unsupported_grant_type", "no such grant type"),
        };
        let Some(tokens) = tokens else {
            return error(400, "invalid_grant", "the code or refresh token is not good");
        };
        let mut answer = json!({
            "access_token": tokens.access, "token_type": "bearer", "expires_in": self.habits.access_seconds,
        });
        if let Some(refresh) = tokens.refresh {
            answer["refresh_token"] = refresh.into();
        }
        json_answer(200, &answer)
    }

    /// Ends the token that the call is made with; none can be named.
    fn revoke(&mut self, request: &Request) -> Response {
        if !self.grants.revoke(request.bearer().unwrap_or_default(), &self.habits) {
            return self.dead();
        }
        self.revocations += 1;
        StatusCode::NO_CONTENT.into_response()
    }

    fn ping(&self, request: &Request) -> Response {
        let valid = self.grants.owner(request.bearer().unwrap_or_default()).is_some();
        json_answer(200, &json!({ "token_valid": valid }))
    }

    fn account(&self, request: &Request) -> Response {
        let Some(owner) = self.grants.owner(request.bearer().unwrap_or_default()) else { return self.dead() };
        let id = &owner.account;
        json_answer(
            200,
            &json!({
                "userid": id, "name": format!("{id} of Contoso"), "email": format!("{id}@contoso.example"),
                "company_name": "Contoso",
            }),
        )
    }

    /// A page of sessions, and how to get the next.
    fn sessions(&self, request: &Request) -> Response {
        if self.grants.owner(request.bearer().unwrap_or_default()).is_none() {
            return self.dead();
        }
        let query = request.query();
        let wanted = query.get("state").map(|state| state.eq_ignore_ascii_case("open"));
        let fitting = self.sessions.iter().filter(|(_, open)| wanted.is_none_or(|wanted| *open == wanted));
        let from = query.get("offset").and_then(|code| self.sessions.iter().position(|(at, _)| at == code));
        let after = from.map(|from| &self.sessions[from].0);
        let rest: Vec<_> = fitting.filter(|(code, _)| after.is_none_or(|after| code > after)).collect();
        let page: Vec<_> = rest.iter().take(self.habits.page).map(|session| shown(session)).collect();
        let remaining = rest.len() - page.len();
        let mut answer = json!({ "sessions": page, "sessions_remaining": remaining });
        if remaining > 0 {
            answer["next_offset"] = rest[page.len() - 1].0.clone().into();
        }
        json_answer(200, &answer)
    }

    fn dead(&self) -> Response {
        error(self.habits.dead_token_status, "invalid_token", "the access token is invalid or expired")
    }
}

fn shown((code, open): &(String, bool)) -> Value {
    let state = if *open { "Open" } else { "Closed" };
    json!({ "code": code, "state": state, "groupid": "g1", "description": "", "online": false })
}

fn error(status: u16, error: &str, description: &str) -> Response {
    let error = json!({
        "error": error, "error_description": description, "error_code": 1, "error_signature": "stand-in",
    });
    json_answer(status, &error)
}

fn json_answer(status: u16, json: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (StatusCode::from_u16(status).unwrap(), kind, json.to_string()).into_response()
}
