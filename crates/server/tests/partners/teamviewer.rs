//! A stand-in of TeamViewer's Web API, made from what is published about it: the vendor's OpenAPI text, and what
//! clients in use send and expect. Where that is silent, tests choose by [`Habits`].

mod answers;
mod grants;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use tokio::task::JoinHandle;

use self::grants::Grants;
use super::{Callback, FaultProxy, Request, end, listener, plain_client, runtime};

/// What is not known of the real one, or differs between its accounts.
#[derive(Clone, Debug)]
pub(crate) struct Habits {
    /// How long access tokens live.
    pub(crate) access_seconds: u64,
    /// A refresh gives a new refresh token, and the old one is dead. Otherwise it gives none.
    pub(crate) rotates: bool,
    /// Whether all that came of the consent dies when one access token is revoked, or only that token.
    pub(crate) revocation_ends_the_grant: bool,
    /// How a dead token is refused: clients take both 400 and 401 for that.
    pub(crate) dead_token_status: u16,
    /// How many sessions are on a page.
    pub(crate) page: usize,
    /// The account people sign in with, if they name none.
    pub(crate) account: String,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            access_seconds: 86_400,
            rotates: true,
            revocation_ends_the_grant: true,
            dead_token_status: 401,
            page: 2,
            account: "u1".to_owned(),
        }
    }
}

/// A stand-in of TeamViewer's Web API; it is gone when this is dropped.
///
/// Its base is [`TeamViewerStandIn::url`]: `/oauth2/authorize` and `/api/v1/…` are below it.
pub(crate) struct TeamViewerStandIn {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    http: reqwest::Client,
    server: JoinHandle<()>,
}

/// All it knows.
struct State {
    habits: Habits,
    redirect_uri: String,
    grants: Grants,
    /// The codes of sessions, and whether they are open.
    sessions: Vec<(String, bool)>,
    revocations: usize,
    requests: Vec<Request>,
}

impl TeamViewerStandIn {
    pub(crate) const CLIENT: &str = "gangway-at-teamviewer";
    pub(crate) const SECRET: &str = "teamviewer-secret";

    /// With an app registered for this redirect URI, which has to match to the letter.
    pub(crate) fn start(redirect_uri: &str) -> Self {
        let state = State {
            habits: Habits::default(),
            redirect_uri: redirect_uri.to_owned(),
            grants: Grants::default(),
            sessions: Vec::new(),
            revocations: 0,
            requests: Vec::new(),
        };
        let (listener, state) = (listener(), Arc::new(Mutex::new(state)));
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(answers::answer).with_state(Arc::clone(&state));
        let server = runtime().spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, state, http: plain_client().build().unwrap(), server }
    }

    /// As [`TeamViewerStandIn::start`]; the proxy leads to it.
    pub(crate) fn start_behind(proxy: &FaultProxy, redirect_uri: &str) -> Self {
        let stand_in = Self::start(redirect_uri);
        proxy.leads_to(stand_in.address);
        stand_in
    }

    /// Where it listens itself. Without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how it behaves from now on.
    pub(crate) fn habits(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut self.state().habits);
    }

    /// An administrator goes where they are sent and consents. Says where they are sent back to.
    pub(crate) async fn consent(&self, authorization_url: &str) -> Callback {
        self.visit(authorization_url, "allow", None).await
    }

    /// As [`TeamViewerStandIn::consent`], with this account.
    pub(crate) async fn consent_as(&self, authorization_url: &str, account: &str) -> Callback {
        self.visit(authorization_url, "allow", Some(account)).await
    }

    /// As [`TeamViewerStandIn::consent`], but the answer is no.
    pub(crate) async fn deny(&self, authorization_url: &str) -> Callback {
        self.visit(authorization_url, "deny", None).await
    }

    async fn visit(&self, url: &str, answer: &str, account: Option<&str>) -> Callback {
        let account = account.map_or_else(|| self.state().habits.account.clone(), ToOwned::to_owned);
        let url = url::Url::parse(url).unwrap();
        let at = format!("{}{}", self.url(), &url[url::Position::BeforePath..]);
        let request = self.http.get(at).header("x-user", account).header("x-answer", answer);
        let answer = request.send().await.unwrap();
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        let page = answer.text().await.unwrap();
        Callback::new(&to.unwrap_or_else(|| panic!("refused by the stand-in: {page}")))
    }

    /// The access tokens that open something.
    pub(crate) fn live_access_tokens(&self) -> Vec<String> {
        self.state().grants.live_access_tokens(Instant::now())
    }

    /// The refresh tokens that can be used.
    pub(crate) fn live_refresh_tokens(&self) -> Vec<String> {
        self.state().grants.live_refresh_tokens()
    }

    /// Whether a token, of either kind, is good for anything.
    pub(crate) fn is_alive(&self, token: &str) -> bool {
        let (access, refresh) = (self.live_access_tokens(), self.live_refresh_tokens());
        access.iter().chain(&refresh).any(|live| live == token)
    }

    /// How often a live token was revoked.
    pub(crate) fn revocations(&self) -> usize {
        self.state().revocations
    }

    /// Every request, oldest first.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// As time does it, without the wait.
    pub(crate) fn expire_access_tokens(&self) {
        self.state().grants.expire_access_tokens();
    }

    /// As somebody does it who removes the app in TeamViewer's own console.
    pub(crate) fn remove_the_app(&self) {
        self.state().grants = Grants::default();
    }

    /// This many sessions are open, and one is closed.
    pub(crate) fn has_open_sessions(&self, count: usize) {
        let open = (0..count).map(|number| (format!("s00-000-{number:03}"), true));
        self.state().sessions = open.chain([("s99-999-999".to_owned(), false)]).collect();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for TeamViewerStandIn {
    fn drop(&mut self) {
        end(&self.server);
    }
}

impl Habits {
    fn lifetime(&self) -> Duration {
        Duration::from_secs(self.access_seconds)
    }
}
