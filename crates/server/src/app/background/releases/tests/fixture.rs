use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gangway_domain::{
    Account, Actor, ConnectorKind, Correlated, Partner, PartnerId, Probe, ProfileName, TenantId, Timestamp,
    TokenKind,
};
use gangway_engine::{
    CallResult, Clock, Connector, Connectors, Future, Grant, NewPartner, Policy, Ports, ProbeAnswer, Profile,
    Revokes, Secret, ShownAnswer, Store as _,
};
use gangway_store::{SqliteOptions, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::{Barrier, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::Engine;
use crate::app::background::releases::Releases;
use crate::connector::Registry;
use crate::metrics::Metrics;
use crate::system::{SystemClock, SystemRandom};
use crate::vault::{KeyRing, Source};

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
/// Longer than anything takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// An engine, and what the tests hold on to.
pub(super) struct Fixture {
    pub(super) engine: Arc<Engine>,
    pub(super) partners: Arc<Partners>,
    clock: Arc<CountedClock>,
    files: TempDir,
}

/// The machine's clock, which knows how often it was looked at.
#[derive(Default)]
struct CountedClock(AtomicUsize);

impl Clock for CountedClock {
    fn now(&self) -> Timestamp {
        self.0.fetch_add(1, Ordering::SeqCst);
        SystemClock.now()
    }
}

impl Fixture {
    pub(super) fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let (partners, clock) = (Arc::new(Partners::new()), Arc::new(CountedClock::default()));
        let keys = Source::FileMadeIfAbsent(files.path().join("keys.json"));
        let ports = Ports {
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom),
            vault: Arc::new(KeyRing::open(&keys, SystemClock.now()).unwrap()),
            connectors: Arc::new(Watched(Arc::clone(&partners))),
        };
        let slow = Profile {
            name: "slow".parse().unwrap(),
            display_name: "Slow".to_owned(),
            connector: ConnectorKind::Simulated,
            onboarding_url: None,
        };
        let policy = Policy {
            created_as: ConnectorKind::Simulated,
            attempt_timeout: Duration::from_mins(15),
            profiles: vec![slow],
        };
        let lock_timeout = Duration::from_millis(1);
        let options = SqliteOptions { lock_timeout, ..SqliteOptions::at(files.path().join("gangway.db")) };
        let store =
            SqliteStore::open(&options, &crate::keys::audit_key::open(files.path()).unwrap()).unwrap().into();
        Self { engine: Arc::new(Engine::new(store, ports, policy)), partners, clock, files }
    }

    /// Starts the worker.
    pub(super) fn work(
        &self,
        max_concurrent: usize,
        check_interval: Duration,
        drain_timeout: Duration,
    ) -> (watch::Sender<bool>, JoinHandle<()>) {
        let (stop, stopped) = watch::channel(false);
        let (engine, metrics) = (Arc::clone(&self.engine), Arc::new(Metrics::new(false)));
        let releases = Releases { engine, metrics, max_concurrent, check_interval, drain_timeout };
        (stop, tokio::spawn(releases.run(stopped)))
    }

    /// A partner that answers is connected and cut.
    pub(super) async fn cut_quick(&self) {
        let created = self.engine.create_partner(TENANT, &by(), &NewPartner::default()).await.unwrap();
        self.cut(created.id).await;
    }

    /// The one that hangs until it is let go is connected and cut.
    pub(super) async fn cut_slow(&self) {
        self.engine.provision(TENANT).await.unwrap();
        let is_slow = |partner: &Partner| partner.profile.is_some();
        let partners =
            self.engine.store().partners(TENANT, gangway_engine::Listing::all()).await.unwrap().items;
        self.cut(partners.into_iter().find(is_slow).unwrap().id).await;
    }

    async fn cut(&self, id: PartnerId) {
        self.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
        let partner = self.engine.store().partner(TENANT, id).await.unwrap().unwrap();
        let attempt = partner.attempt().unwrap().id;
        self.engine.consent_to_simulated(TENANT, id, attempt, Uuid::nil()).await.unwrap();
        self.engine.disconnect(TENANT, &by(), id).await.unwrap();
    }

    /// Until so many releases are pending.
    pub(super) async fn pending_are(&self, wanted: u64) {
        let begun = Instant::now();
        loop {
            let pending = self.engine.store().pending_releases().await.unwrap().count;
            if pending == wanted {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{pending} releases are pending, not {wanted}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn eventually(&self, happened: impl Fn() -> bool) {
        let begun = Instant::now();
        while !happened() {
            assert!(begun.elapsed() < PATIENCE, "it does not happen");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How often anybody has asked for the time; whoever looks for releases does.
    pub(super) fn looks(&self) -> usize {
        self.clock.0.load(Ordering::SeqCst)
    }

    /// Until what this gives is dropped nobody can write.
    pub(super) fn lock_database(&self) -> Connection {
        let connection = Connection::open(self.files.path().join("gangway.db")).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    }
}

fn by() -> Correlated {
    Correlated { actor: Actor::Gangway, correlation: Uuid::nil() }
}

/// What is done to partners, and seen of them.
pub(super) struct Partners {
    simulated: Registry,
    slow_may_go: watch::Sender<bool>,
    quick_meet: std::sync::Mutex<Arc<Barrier>>,
    panics: AtomicBool,
    asked: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Partners {
    fn new() -> Self {
        Self {
            simulated: Registry::new(&[], &"http://gangway.example".parse().unwrap()).unwrap(),
            slow_may_go: watch::Sender::new(false),
            quick_meet: std::sync::Mutex::new(Arc::new(Barrier::new(1))),
            panics: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        }
    }

    /// From now on quick partners answer so many at a time.
    pub(super) fn quick_ones_wait_for(&self, count: usize) {
        *self.quick_meet.lock().unwrap() = Arc::new(Barrier::new(count));
    }

    /// The next that is asked makes whoever asks panic.
    pub(super) fn panic_once(&self) {
        self.panics.store(true, Ordering::SeqCst);
    }

    /// What hangs goes on.
    pub(super) fn let_go(&self) {
        self.slow_may_go.send_replace(true);
    }

    /// How many releases were begun to be tried.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }

    /// Before anything is revoked.
    async fn wait(&self, slow: bool) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics.swap(false, Ordering::SeqCst), "on purpose");
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        if slow {
            let mut may_go = self.slow_may_go.subscribe();
            may_go.wait_for(|may_go| *may_go).await.unwrap();
        } else {
            let meeting = Arc::clone(&self.quick_meet.lock().unwrap());
            meeting.wait().await;
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Those with a profile are slow.
struct Watched(Arc<Partners>);

impl Connectors for Watched {
    fn connector(&self, kind: ConnectorKind, profile: Option<&ProfileName>) -> Option<Arc<dyn Connector>> {
        let inner = self.0.simulated.connector(kind, None)?;
        Some(Arc::new(WatchedPartner { partners: Arc::clone(&self.0), inner, slow: profile.is_some() }))
    }

    fn connector_of(
        &self,
        kind: ConnectorKind,
        profile: Option<&ProfileName>,
        _: &Secret,
    ) -> Option<Arc<dyn Connector>> {
        self.connector(kind, profile)
    }
}

struct WatchedPartner {
    partners: Arc<Partners>,
    inner: Arc<dyn Connector>,
    slow: bool,
}

impl std::fmt::Debug for WatchedPartner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WatchedPartner").field("slow", &self.slow).finish_non_exhaustive()
    }
}

macro_rules! passed_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $name<'a>(&'a self, $($argument: $type),*) -> Future<'a, CallResult<$answer>> {
            self.inner.$name($($argument),*)
        })*
    };
}

impl Connector for WatchedPartner {
    passed_on! {
        authorization_url(state: &'a str, verifier: &'a Secret) -> String;
        is_issuer(issuer: Option<&'a str>) -> bool;
        redeem(code: &'a Secret, verifier: &'a Secret) -> Grant;
        account(access_token: &'a Secret) -> Option<Account>;
        refresh(refresh_token: &'a Secret) -> Grant;
        revoke_access_token(token: &'a Secret) -> ShownAnswer;
        probe(probe: Probe, kind: TokenKind, token: &'a Secret) -> Option<ProbeAnswer>;
        open_sessions(access_token: &'a Secret) -> Option<u64>;
    }

    fn revoke_refresh_token<'a>(&'a self, token: &'a Secret) -> Future<'a, CallResult<ShownAnswer>> {
        Box::pin(async move {
            self.partners.wait(self.slow).await;
            self.inner.revoke_refresh_token(token).await
        })
    }

    fn revokes(&self) -> Revokes {
        self.inner.revokes()
    }

    fn issue(&self) -> Option<Grant> {
        self.inner.issue()
    }

    fn read_again(&self, unread: &Secret) -> Option<Grant> {
        self.inner.read_again(unread)
    }

    fn snapshot(&self) -> Secret {
        self.inner.snapshot()
    }

    fn by_hand(&self) -> String {
        self.inner.by_hand()
    }
}
