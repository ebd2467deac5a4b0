//! Partners to connect to and to be cut from, and what can go wrong on the way to them.
//!
//! A test binary takes these in with `#[path = "../partners/mod.rs"] mod partners;`. What they do is shown, and
//! held to, by the tests beside them (`cargo test --test partners`).
//!
//! All of them run on a runtime of their own, so that a test may be `#[tokio::test]` or not: what has to be
//! waited for is `async`, and [`block_on`] is for tests that are not. Nothing of them is left when they are
//! dropped.
#![allow(dead_code, unused_imports, reason = "every test binary uses its part of this")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows tests by their attribute, not what they call"
)]

mod callback;
mod fault;
mod gate;
mod node;
mod oauth;
mod proxy;
mod request;
mod teamviewer;
mod tls;
mod trap;
mod unruly;
mod wire;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

pub(crate) use callback::Callback;
pub(crate) use fault::{Fault, Garbage};
pub(crate) use gate::{Gate, Moment};
pub(crate) use node::installed;
pub(crate) use oauth::{OAuthPartner, OAuthSetup, Rotation};
pub(crate) use proxy::FaultProxy;
pub(crate) use request::{Matching, Request};
pub(crate) use teamviewer::{Habits, TeamViewerStandIn};
pub(crate) use tls::{Authority, Flaw};
pub(crate) use trap::Trap;
pub(crate) use unruly::{
    Account, Call, Code, Dialect, Family, Gives, Introspection, Kind, Lag, Lost, Minted, OldAccessToken,
    OldRefreshToken, Origin, Revocation, TokenAnswer, Unruly,
};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the fixtures run on, so that they outlive no test and wait for none.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).thread_name("partners").enable_all().build().unwrap()
    })
}

/// On a free port.
fn listener() -> TcpListener {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let _runtime = runtime().enter();
    TcpListener::from_std(listener).unwrap()
}

/// Ends a server: nobody can connect to it any more when this returns.
fn end(server: &JoinHandle<()>) {
    server.abort();
    while !server.is_finished() {
        std::thread::yield_now();
    }
}

/// The way in for tests that are not asynchronous; those that are say `.await`.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    runtime().block_on(future)
}

/// Looks again and again until there is something to see.
pub(crate) async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Ends in time, or the test does.
async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(PATIENCE, future).await;
    ended.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// A client that goes nowhere by itself: to no proxy, after no redirect, and on a new connection each time.
fn plain_client() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.pool_max_idle_per_host(0).timeout(PATIENCE)
}
