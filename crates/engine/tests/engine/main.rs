//! The use-cases, over a store in memory, a partner in memory, a clock that stands still until it
//! is told, and counted randomness.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod failures;
mod histories;
mod memory;
mod partner;
mod releases;
mod use_cases;

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use gangway_domain::{
    Actor, AttemptId, ConnectorKind, Correlated, MissingKind, PartnerId, Release, ReleaseState, StatusChange,
    TenantId, Timestamp, Update,
};
use gangway_engine::{
    Binding, Callback, Clock, Engine, NewPartner, Policy, Ports, Profile, Random, Sealed, Secret, Store as _,
    TryOutcome, Vault, VaultError, Visit,
};
use memory::MemoryStore;
use partner::{Manner, TestConnectors, TestPartner};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(15);
const ISSUER: &str = "https://partner.example";

/// A clock that stands still until it is told.
#[derive(Debug)]
struct SteppedClock(AtomicI64);

impl SteppedClock {
    fn step(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// The same clock, so many seconds off.
#[derive(Debug)]
struct WrongClock(Arc<SteppedClock>, i64);

impl Clock for WrongClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.0.seconds() + self.1)
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.0.load(Ordering::SeqCst))
    }
}

/// Numbers that never come twice.
#[derive(Debug, Default)]
struct CountedRandom(AtomicU64);

impl Random for CountedRandom {
    fn fill(&self, buffer: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        // Ids are counted, so that those of one moment keep their order; a number by itself is for
        // jitter.
        let number = if buffer.len() == 8 { histories::spread(number) } else { number }.to_be_bytes();
        for (to, from) in buffer.iter_mut().rev().zip(number.iter().rev().chain(std::iter::repeat(&0))) {
            *to = *from;
        }
    }
}

/// Seals nothing, but opens only what was sealed with the same binding.
#[derive(Debug)]
struct PlainVault;

impl PlainVault {
    fn label(binding: &Binding) -> String {
        format!("{}|{}|{}|{}|", binding.tenant, binding.partner, binding.generation.0, binding.field.as_str())
    }
}

impl Vault for PlainVault {
    fn seal(&self, binding: &Binding, secret: &[u8]) -> Result<Sealed, VaultError> {
        Ok(Sealed([Self::label(binding).as_bytes(), secret].concat()))
    }

    fn open(&self, binding: &Binding, sealed: &Sealed) -> Result<zeroize::Zeroizing<Vec<u8>>, VaultError> {
        let secret =
            sealed.0.strip_prefix(Self::label(binding).as_bytes()).ok_or(VaultError::NotAuthentic)?;
        Ok(zeroize::Zeroizing::new(secret.to_vec()))
    }

    fn rewrap(&self, _: &Binding, _: &Sealed) -> Result<Option<Sealed>, VaultError> {
        Ok(None)
    }
}

/// Lets others have their turn, once.
async fn turn() {
    struct Turn(bool);
    impl std::future::Future for Turn {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.0, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }
    Turn(false).await;
}

/// An engine, and what the tests hold on to.
struct House {
    engine: Arc<Engine<MemoryStore>>,
    clock: Arc<SteppedClock>,
    partner: TestPartner,
    connectors: Arc<TestConnectors>,
    random: Arc<CountedRandom>,
    policy: Policy,
}

impl House {
    fn new() -> Self {
        Self::with(Manner::OAUTH)
    }

    fn with(manner: Manner) -> Self {
        let clock = Arc::new(SteppedClock(AtomicI64::new(1_800_000_000)));
        let partner = TestPartner::new(manner, &clock);
        let connectors = Arc::new(TestConnectors {
            partner: partner.clone(),
            gone: Mutex::default(),
            moved: Mutex::default(),
            hanging: Mutex::default(),
        });
        let policy = Policy {
            created_as: ConnectorKind::Simulated,
            attempt_timeout: ATTEMPT_TIMEOUT,
            profiles: vec![profile("helper", ConnectorKind::OAuth2)],
        };
        let random = Arc::new(CountedRandom::default());
        let engine = engine(MemoryStore::default(), Arc::clone(&clock) as _, &random, &connectors, &policy);
        Self { engine, clock, partner, connectors, random, policy }
    }

    /// The process ends and another begins, over the same store.
    fn restart(&mut self) {
        self.engine = self.over_the_same_store();
    }

    /// Another process over the same store, beside the first.
    fn another_node(&self) -> Arc<Engine<MemoryStore>> {
        self.engine.store().share();
        self.over_the_same_store()
    }

    fn over_the_same_store(&self) -> Arc<Engine<MemoryStore>> {
        self.with_a_clock_off_by(0)
    }

    /// Another process over the same store, whose clock is so many seconds off.
    fn with_a_clock_off_by(&self, seconds: i64) -> Arc<Engine<MemoryStore>> {
        let clock = WrongClock(Arc::clone(&self.clock), seconds);
        engine(self.engine.store().clone(), Arc::new(clock), &self.random, &self.connectors, &self.policy)
    }

    async fn partner(&self, status: Option<StatusChange>) -> PartnerId {
        let properties = Update { display_name: Some("P".into()), status, ..Update::default() };
        let new = NewPartner { properties, ..NewPartner::default() };
        self.engine.create_partner(TENANT, &by(), &new).await.unwrap().id
    }

    /// The partner of the one profile there is.
    async fn provisioned(&self) -> PartnerId {
        self.engine.provision(TENANT).await.unwrap();
        let partners =
            self.engine.store().partners(TENANT, gangway_engine::Listing::all()).await.unwrap().items;
        partners.into_iter().find(|partner| partner.profile.is_some()).unwrap().id
    }

    /// Begins to connect it, and comes back with the partner's answer.
    async fn answered(&self, id: PartnerId) -> Answered {
        self.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
        self.visited(id).await
    }

    /// Opens the `onboardingUrl` and consents.
    async fn visited(&self, id: PartnerId) -> Answered {
        let partner = self.engine.store().partner(TENANT, id).await.unwrap().unwrap();
        let attempt = partner.attempt().unwrap().id;
        let visit = self.engine.visit(TENANT, id, attempt).await.unwrap();
        let Visit::Elsewhere { url, browser_key } = visit else { panic!("{visit:?}") };
        let callback = Callback {
            profile: "helper".parse().unwrap(),
            state: Some(url.split_once("state=").unwrap().1.to_owned()),
            code: Some(Secret::new(self.partner.consent())),
            error: None,
            issuer: Some(ISSUER.into()),
            correlation: Uuid::from_u128(8),
        };
        Answered { callback, attempt, browser_key }
    }

    /// A partner that is connected by its profile.
    async fn connected(&self) -> PartnerId {
        let id = self.provisioned().await;
        let answered = self.answered(id).await;
        answered.deliver(&self.engine).await.unwrap();
        id
    }

    /// Cuts it, and tries what is to be released until nothing comes of it any more.
    async fn cut(&self, id: PartnerId) {
        self.engine.disconnect(TENANT, &by(), id).await.unwrap();
        self.settle().await;
    }

    /// Tries what is to be released for hours.
    async fn settle(&self) {
        for _ in 0..10 {
            self.clock.step(3700);
            self.work().await;
        }
    }

    /// Tries all releases that are due, once.
    async fn work(&self) -> Vec<TryOutcome> {
        let mut tried = Vec::new();
        for due in self.engine.due_releases(1000).await.unwrap() {
            tried.push(self.engine.try_release(due).await.unwrap());
        }
        tried
    }
}

/// A partner's answer, and the browser it comes with.
#[derive(Clone)]
struct Answered {
    callback: Callback,
    attempt: AttemptId,
    browser_key: Secret,
}

impl Answered {
    async fn deliver(
        &self,
        engine: &Engine<MemoryStore>,
    ) -> Result<gangway_engine::Connected, gangway_engine::Error> {
        let cookie = |attempt| (attempt == self.attempt).then(|| self.browser_key.expose().to_owned());
        engine.callback(&self.callback, cookie).await
    }
}

fn profile(name: &str, connector: ConnectorKind) -> Profile {
    Profile {
        name: name.parse().unwrap(),
        display_name: format!("The {name}"),
        connector,
        onboarding_url: None,
    }
}

fn engine(
    store: MemoryStore,
    clock: Arc<dyn Clock>,
    random: &Arc<CountedRandom>,
    connectors: &Arc<TestConnectors>,
    policy: &Policy,
) -> Arc<Engine<MemoryStore>> {
    let ports = Ports {
        clock,
        random: Arc::clone(random) as _,
        vault: Arc::new(PlainVault),
        connectors: Arc::clone(connectors) as _,
    };
    Arc::new(Engine::new(store, ports, policy.clone()))
}

fn by() -> Correlated {
    Correlated { actor: Actor::Gangway, correlation: Uuid::from_u128(7) }
}

/// Goes on so many awaits far; whether it came to its end.
fn advance<F: std::future::Future>(future: &mut Pin<Box<F>>, turns: usize) -> bool {
    let mut context = Context::from_waker(std::task::Waker::noop());
    (0..turns).any(|_| future.as_mut().poll(&mut context).is_ready())
}

/// What may have been given and nobody has, of a release that is over.
fn missing(release: &Release) -> Vec<MissingKind> {
    match &release.state {
        ReleaseState::Confirmed(_) => Vec::new(),
        ReleaseState::Unaccounted(_, missing) => missing.iter().map(|missing| missing.what).collect(),
        other @ (ReleaseState::Pending { .. } | ReleaseState::Forced(_)) => panic!("{other:?}"),
    }
}

/// The codes and tokens of the partner that a text names.
fn texts(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let of_partner = |word: &&str| {
        word.split_once('-').is_some_and(|(what, number)| {
            ["access", "refresh", "code"].contains(&what) && number.chars().all(|c| c.is_ascii_digit())
        })
    };
    words.filter(of_partner).map(str::to_owned).collect()
}
