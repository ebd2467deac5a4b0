//! Partners that speak OAuth 2.0, each in its own way, as one stand-in with switches ([`Family`]). It remembers every token
//! it ever gave and whether it opens anything now, by the same look that its endpoints take, so it can be asked what
//! Gangway may only conclude.

mod answers;
mod family;
mod memory;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

use self::memory::Memory;
use super::wire::{read_request, reset};
use super::{Callback, FaultProxy, OAuthPartner, Request, end, listener, runtime};

pub(crate) use self::answers::Call;
pub(crate) use self::family::{
    Account, Code, Dialect, Family, Gives, Introspection, Lag, OldAccessToken, OldRefreshToken, Revocation,
    TokenAnswer,
};
pub(crate) use self::memory::{Kind, Minted, Origin};

/// A pause that is longer than those within a try, or between a request and its answer.
const QUIET: Duration = Duration::from_millis(600);

/// A stand-in of partners that differ; it is gone when this is dropped.
pub(crate) struct Unruly {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

/// When an answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    BeforeTheAct,
    AfterTheAct,
}

struct State {
    family: Family,
    memory: Memory,
    /// Where it is found, as it says itself.
    base: String,
    redirect_uri: String,
    /// When the newest access token is over, by what was said of it.
    said_until: Option<Instant>,
    /// Which calls are answered no more, and how many of them.
    losing: Vec<(Call, Lost, usize)>,
    /// Whether a call that tokens may come by was left without an answer that can be read.
    kept_someone_waiting: bool,
    requests: Vec<Request>,
}

impl Unruly {
    pub(crate) fn start(redirect_uri: &str, family: Family) -> Self {
        let (listener, state) = Self::prepared(redirect_uri, family);
        state.lock().unwrap().base = format!("http://{}", listener.local_addr().unwrap());
        Self::serving(listener, state)
    }

    /// As [`Unruly::start`]; the proxy leads to it, and it goes by the proxy's address.
    pub(crate) fn start_behind(proxy: &FaultProxy, redirect_uri: &str, family: Family) -> Self {
        let (listener, state) = Self::prepared(redirect_uri, family);
        state.lock().unwrap().base = proxy.url();
        proxy.leads_to(listener.local_addr().unwrap());
        Self::serving(listener, state)
    }

    fn prepared(redirect_uri: &str, family: Family) -> (TcpListener, Arc<Mutex<State>>) {
        let state = State {
            family,
            memory: Memory::default(),
            base: String::new(),
            redirect_uri: redirect_uri.to_owned(),
            said_until: None,
            losing: Vec::new(),
            kept_someone_waiting: false,
            requests: Vec::new(),
        };
        (listener(), Arc::new(Mutex::new(state)))
    }

    fn serving(listener: TcpListener, state: Arc<Mutex<State>>) -> Self {
        let address = listener.local_addr().unwrap();
        let server = runtime().spawn(serve(listener, Arc::clone(&state)));
        Self { address, state, server }
    }

    /// What it calls itself. Without a slash at the end.
    pub(crate) fn issuer(&self) -> String {
        self.state().base.clone()
    }

    /// Where it listens itself, whatever stands before it.
    pub(crate) fn direct(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how it behaves from now on.
    pub(crate) fn now(&self, change: impl FnOnce(&mut Family)) {
        change(&mut self.state().family);
    }

    /// So many of these calls get no answer, from now on.
    pub(crate) fn loses(&self, call: Call, lost: Lost, times: usize) {
        self.state().losing.push((call, lost, times));
    }

    /// An administrator goes where they are sent and consents. Says where they are sent back to.
    pub(crate) fn consent(&self, authorization_url: &str) -> Callback {
        let asked = Callback::new(authorization_url).fields();
        let mut state = self.state();
        assert_eq!(asked["client_id"], OAuthPartner::CLIENT);
        assert_eq!(asked["redirect_uri"], state.redirect_uri);
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut callback = Url::parse(&state.redirect_uri).unwrap();
        let code = state.memory.begin(&asked["code_challenge"]);
        callback.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
        Callback::new(callback.as_str())
    }

    /// From now on every call is answered.
    pub(crate) fn loses_nothing_more(&self) {
        self.state().losing.clear();
    }

    /// Whoever was given the tokens after so many was gone when they came.
    pub(crate) fn nobody_heard_after(&self, minted: usize) {
        let mut state = self.state();
        state.memory.went_unheard_after(minted);
        state.kept_someone_waiting = true;
    }

    /// The tokens that open something.
    pub(crate) fn alive(&self) -> Vec<Minted> {
        self.state().memory.alive(Instant::now())
    }

    /// Every token there ever was.
    pub(crate) fn minted(&self) -> Vec<Minted> {
        self.state().memory.minted()
    }

    /// Whether an answer that may have had tokens in it was lost, or could not be read.
    pub(crate) fn kept_someone_waiting(&self) -> bool {
        self.state().kept_someone_waiting
    }

    /// Whether the time of the newest access token is over, by what was said of it.
    pub(crate) fn said_time_is_over(&self) -> bool {
        self.state().said_until.is_some_and(|until| Instant::now() > until)
    }

    /// As somebody does it who takes the application's access away there.
    pub(crate) fn end_everything(&self) {
        self.state().memory.end_everything(Instant::now());
    }

    /// Waits until nobody has asked anything for a while, so that whoever is killed then is not waiting for an answer.
    pub(crate) fn is_left_alone(&self) {
        let (mut seen, mut since) = (self.requests().len(), Instant::now());
        while since.elapsed() < QUIET {
            std::thread::sleep(QUIET / 20);
            let now = self.requests().len();
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
        }
    }

    /// Every request, oldest first.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    pub(crate) fn count(&self, call: Call) -> usize {
        self.state().requests.iter().filter(|request| Call::of(request) == call).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Unruly {
    fn drop(&mut self) {
        end(&self.server);
    }
}

impl State {
    /// What is to be sent; nothing if the answer is lost.
    fn meet(&mut self, request: Request) -> Option<Vec<u8>> {
        let call = Call::of(&request);
        self.memory.note_call(Instant::now());
        let lost = self.loss(call);
        let reply = match lost {
            Some(Lost::BeforeTheAct) => None,
            Some(Lost::AfterTheAct) | None => Some(self.answer(call, &request)),
        };
        self.requests.push(request);
        if lost.is_none() {
            return reply.map(|reply| reply.bytes);
        }
        if call.gives() {
            self.is_unheard(reply.and_then(|reply| reply.gave));
        }
        None
    }

    fn loss(&mut self, call: Call) -> Option<Lost> {
        let planned = self.losing.iter_mut().find(|(of, _, times)| *of == call && *times > 0)?;
        planned.2 -= 1;
        Some(planned.1)
    }

    fn is_unheard(&mut self, answer: Option<u64>) {
        self.kept_someone_waiting = true;
        if let Some(answer) = answer {
            self.memory.went_unheard(answer);
        }
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(met(stream, Arc::clone(&state)));
    }
}

async fn met(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some(request) = read_request(&mut stream).await else { return };
    let answer = state.lock().unwrap().meet(request);
    match answer {
        // Whoever asked may be gone.
        Some(bytes) => drop(stream.write_all(&bytes).await),
        None => reset(Box::new(stream)),
    }
}
