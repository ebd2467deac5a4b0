//! The dialect of `TeamViewer`'s Web API, which is OAuth 2.0 with ways of its own:
//!
//! - The consent page takes no scope, because an app has its permissions where it is registered, and no PKCE that
//!   anybody documents. Client id and secret go into the form.
//! - `POST /OAuth2/revoke` has no parameters: what is revoked is the token in the `Authorization` header, so that has
//!   to be alive. It answers 204. A refresh token cannot be given to it.
//! - A refresh may or may not give a new refresh token.
//! - Both 400 and 401 say that a token is no good, and only an error code says whether they do.
//! - `GET /ping` answers whether the token is valid, and is good for nothing else.
//!
//! Sources: the vendor's `OpenAPI` description of the Web API as
//! [panoramicdata/TeamViewer.Api](https://github.com/panoramicdata/TeamViewer.Api) has it
//! (`Documentation/swagger-spec.json`), which also spells the paths `/OAuth2/…`; the requests of
//! [DeskproApps/teamviewer](https://github.com/DeskproApps/teamviewer); the error body as the vendor's own
//! [TeamViewerPS](https://github.com/teamviewer/TeamViewerPS) reads it; the pages of sessions as
//! [Prismatic's connector](https://prismatic.io/docs/components/teamviewer/) shows them. None of it was tried against
//! the vendor's servers.

use gangway_domain::{Account, Life, Probe, TokenKind};
use gangway_engine::{
    CallError, CallFailure, CallResult, Connector, Future, Grant, ProbeAnswer, Revokes, Secret, ShownAnswer,
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::answer::{Purpose, Words, rejected};
use super::below;
use super::outbound::{Authorization, Expected, Form, Outbound, Response};
use super::plan::Client;
use super::tokens;

/// `TeamViewer`, or what answers like it.
#[derive(Debug)]
pub(super) struct TeamViewer {
    pub(super) display_name: String,
    pub(super) redirect_uri: Url,
    pub(super) client: Client,
    pub(super) authorize_url: Url,
    pub(super) api: Url,
    pub(super) words: Words,
    pub(super) outbound: Outbound,
    pub(super) snapshot: Secret,
}

/// How many pages of sessions are read.
const MOST_PAGES: usize = 10;

#[derive(Deserialize)]
struct Ping {
    token_valid: bool,
}

#[derive(Deserialize)]
struct Page {
    sessions: Vec<Session>,
    next_offset: Option<Value>,
    sessions_remaining: Option<u64>,
}

#[derive(Deserialize)]
struct Session {
    state: Option<String>,
}

impl Page {
    fn open(&self) -> u64 {
        let is_open = |session: &&Session| {
            session.state.as_ref().is_none_or(|state| state.eq_ignore_ascii_case("open"))
        };
        self.sessions.iter().filter(is_open).count() as u64
    }

    /// Where the next page begins, if there is one.
    fn next(&self) -> Option<String> {
        match self.next_offset.as_ref().filter(|_| self.sessions_remaining != Some(0))? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl TeamViewer {
    async fn grant(&self, form: Form) -> CallResult<Grant> {
        let secret = self.client.secret.as_ref().map_or("", Secret::expose);
        let form = form.with("client_id", &self.client.id).with("client_secret", secret);
        let url = below(&self.api, "OAuth2/token");
        let response = self.outbound.post(&url, Authorization::Anybody, Some(form), Expected::Tokens).await?;
        tokens::grant(&response, &self.words, Purpose::AsClient { by_header: false })
    }

    fn failure(&self, response: &Response) -> CallError {
        self.words.failure(response, Purpose::OwnResource)
    }

    async fn ping(&self, access_token: &Secret) -> CallResult<ProbeAnswer> {
        let response =
            self.outbound.get(&below(&self.api, "ping"), Authorization::Bearer(access_token)).await?;
        let answer = |word| ShownAnswer(format!("{}, token {word}", response.answer().0));
        match serde_json::from_slice(&response.body) {
            Ok(Ping { token_valid: true }) if response.status == 200 => {
                Ok(ProbeAnswer { life: Life::Alive, answer: answer("valid") })
            }
            Ok(Ping { token_valid: false }) if response.status == 200 => {
                Ok(ProbeAnswer { life: Life::Dead, answer: answer("not valid") })
            }
            Ok(_) | Err(_) => match self.failure(&response) {
                CallError { kind: CallFailure::Refused, answer, .. } => {
                    Ok(ProbeAnswer { life: Life::Dead, answer: ShownAnswer(answer) })
                }
                failure => Err(failure),
            },
        }
    }

    async fn count_open_sessions(&self, access_token: &Secret) -> CallResult<u64> {
        let mut page = below(&self.api, "sessions");
        page.set_query(Some("state=open"));
        let (first, mut open) = (page.clone(), 0_u64);
        for number in 1.. {
            let response = self.outbound.get_page(&page, Authorization::Bearer(access_token)).await?;
            let found: Page = match serde_json::from_slice(&response.body) {
                Ok(found) if response.status == 200 => found,
                _ => return Err(self.failure(&response)),
            };
            open = open.saturating_add(found.open());
            let Some(offset) = found.next() else { break };
            if number == MOST_PAGES {
                open = open.saturating_add(found.sessions_remaining.unwrap_or(0));
                break;
            }
            page.clone_from(&first);
            page.query_pairs_mut().append_pair("offset", &offset);
        }
        Ok(open)
    }
}

impl Connector for TeamViewer {
    fn authorization_url<'a>(
        &'a self,
        state: &'a str,
        _verifier: &'a Secret,
    ) -> Future<'a, CallResult<String>> {
        let mut url = self.authorize_url.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.id)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("state", state)
            .append_pair("display", "popup");
        Box::pin(async move { Ok(url.into()) })
    }

    /// It has no name of this kind, so whatever gives one is another (RFC 9207, section 2.4).
    fn is_issuer<'a>(&'a self, issuer: Option<&'a str>) -> Future<'a, CallResult<bool>> {
        Box::pin(async move { Ok(issuer.is_none()) })
    }

    fn redeem<'a>(&'a self, code: &'a Secret, _verifier: &'a Secret) -> Future<'a, CallResult<Grant>> {
        let form = Form::default()
            .with("grant_type", "authorization_code")
            .with("code", code.expose())
            .with("redirect_uri", self.redirect_uri.as_str());
        Box::pin(self.grant(form))
    }

    fn account<'a>(&'a self, access_token: &'a Secret) -> Future<'a, CallResult<Option<Account>>> {
        Box::pin(async move {
            let response =
                self.outbound.get(&below(&self.api, "account"), Authorization::Bearer(access_token)).await?;
            match tokens::account(&response, "userid", &["name", "email", "company_name"]) {
                Some(account) => Ok(Some(account)),
                None => Err(self.failure(&response)),
            }
        })
    }

    fn refresh<'a>(&'a self, refresh_token: &'a Secret) -> Future<'a, CallResult<Grant>> {
        let form =
            Form::default().with("grant_type", "refresh_token").with("refresh_token", refresh_token.expose());
        Box::pin(self.grant(form))
    }

    fn revokes(&self) -> Revokes {
        Revokes::LiveAccessToken
    }

    fn revoke_access_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        Box::pin(async move {
            let url = below(&self.api, "OAuth2/revoke");
            let response =
                self.outbound.post(&url, Authorization::Bearer(token), None, Expected::Word).await?;
            let done = self.words.is_done(&response);
            if done { Ok(response.answer()) } else { Err(self.failure(&response)) }
        })
    }

    fn revoke_refresh_token<'a>(&'a self, _token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        Box::pin(async { Err(rejected("TeamViewer has no way to revoke a refresh token")) })
    }

    /// It has no introspection, and shows of a refresh token only by a refresh whether it is good.
    fn probe<'a>(
        &'a self,
        probe: Probe,
        kind: TokenKind,
        token: &'a Secret,
    ) -> Future<'a, CallResult<Option<ProbeAnswer>>> {
        Box::pin(async move {
            match (probe, kind) {
                (Probe::Use, TokenKind::Access) => self.ping(token).await.map(Some),
                (Probe::Introspection, _) | (Probe::Use, TokenKind::Refresh) => Ok(None),
            }
        })
    }

    fn read_again(&self, unread: &Secret) -> Option<Grant> {
        tokens::read_again(unread)
    }

    fn open_sessions<'a>(&'a self, access_token: &'a Secret) -> Future<'a, CallResult<Option<u64>>> {
        Box::pin(async move { self.count_open_sessions(access_token).await.map(Some) })
    }

    fn snapshot(&self) -> Secret {
        self.snapshot.clone()
    }

    fn by_hand(&self) -> String {
        format!(
            "In the TeamViewer Management Console ({}), remove the app with the client id {} from the apps of the \
             account that consented, or of its company. Permanent tokens that were minted with this connection are \
             listed by nobody: look through the script tokens there too.",
            self.display_name, self.client.id
        )
    }
}

#[cfg(test)]
mod tests;
