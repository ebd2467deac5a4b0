//! A data directory, and an engine over it as the server has one.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use gangway_domain::{Actor, ConnectorKind, Correlated, TenantId, Timestamp};
use gangway_engine::{Callback, Clock, Connected, Engine, Error, Policy, Ports, Profile, Random, Secret};
use gangway_server::connector::{ProfileSettings, Registry};
use gangway_server::vault::{KeyRing, Source};
use gangway_store::{AuditKey, OpenError, SqliteOptions, SqliteStore};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::dying::{Death, DyingConnectors, DyingStore};
use crate::partners::{OAuthPartner, TeamViewerStandIn};

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(1));
/// Where partners send browsers back to.
pub(crate) const REDIRECT: &str = "https://gangway.example/gangway/v1/callback/partner";
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(15);
/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than there is of anything here.
pub(crate) const ALL: usize = 1000;

/// What proves the audit, in every process that comes to it.
pub(crate) fn key() -> AuditKey {
    AuditKey::new(&Zeroizing::new([7; AuditKey::BYTES]))
}

/// Where everything lies, and which partner there is to be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) data: PathBuf,
    pub(crate) dialect: Dialect,
    /// The partner's.
    pub(crate) url: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Dialect {
    OAuth2,
    TeamViewer,
}

/// A partner's answer, and the browser it comes with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub(crate) state: Option<String>,
    pub(crate) code: String,
    pub(crate) issuer: Option<String>,
    pub(crate) browser_key: String,
}

/// The machine's clock, set forward by so many seconds.
#[derive(Default)]
pub(crate) struct Ahead(AtomicU64);

impl Ahead {
    pub(crate) fn by(ahead: Duration) -> Self {
        Self(AtomicU64::new(ahead.as_secs()))
    }

    pub(crate) fn step(&self, further: Duration) {
        self.0.fetch_add(further.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for Ahead {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's real side")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let ahead = Duration::from_secs(self.0.load(Ordering::SeqCst));
        Timestamp::from_unix_seconds(0).plus(since_epoch).plus(ahead)
    }
}

struct Dice;

impl Random for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        rand::rng().fill(buffer);
    }
}

impl Place {
    pub(crate) fn database(&self) -> PathBuf {
        self.data.join("gangway.db")
    }

    /// Opens what there is.
    pub(crate) fn open(&self, clock: &Arc<Ahead>, death: &Death) -> Engine<DyingStore> {
        let store = self.store();
        let keys = Source::FileMadeIfAbsent(self.data.join("keys.json"));
        let inner = Registry::new(&[self.profile()], &"https://gangway.example".parse().unwrap()).unwrap();
        let ports = Ports {
            vault: Arc::new(KeyRing::open(&keys, clock.now()).unwrap()),
            clock: Arc::clone(clock) as _,
            random: Arc::new(Dice),
            connectors: Arc::new(DyingConnectors { inner, death: death.clone() }),
        };
        let profile = Profile {
            name: "partner".parse().unwrap(),
            display_name: "Partner".to_owned(),
            connector: self.dialect.kind(),
            onboarding_url: None,
        };
        let policy = Policy {
            created_as: ConnectorKind::Simulated,
            attempt_timeout: ATTEMPT_TIMEOUT,
            profiles: vec![profile],
        };
        Engine::new(DyingStore { inner: store, death: death.clone() }, ports, policy)
    }

    /// Its lock may be held for a moment after it was let go: by another child, before it becomes itself, because the
    /// parent has more threads than one.
    fn store(&self) -> SqliteStore {
        let begun = Instant::now();
        loop {
            match SqliteStore::open(&SqliteOptions::at(self.database()), &key()) {
                Ok(store) => return store,
                Err(OpenError::InUse(_)) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn profile(&self) -> ProfileSettings {
        let url = &self.url;
        let profile = ProfileSettings {
            allow_private_addresses: Some(true),
            timeout_seconds: Some(30),
            ..ProfileSettings::new("partner", self.dialect.kind())
        };
        match self.dialect {
            Dialect::OAuth2 => ProfileSettings {
                client_id: Some(OAuthPartner::CLIENT.to_owned()),
                client_secret_file: Some(secret_file(&self.data, OAuthPartner::SECRET)),
                scopes: Some(["openid", "profile", "email"].map(str::to_owned).to_vec()),
                issuer: Some(url.clone()),
                ..profile
            },
            Dialect::TeamViewer => ProfileSettings {
                client_id: Some(TeamViewerStandIn::CLIENT.to_owned()),
                client_secret_file: Some(secret_file(&self.data, TeamViewerStandIn::SECRET)),
                authorize_url: Some(format!("{url}/oauth2/authorize")),
                api: Some(format!("{url}/api/v1")),
                ..profile
            },
        }
    }
}

impl Dialect {
    const fn kind(self) -> ConnectorKind {
        match self {
            Self::OAuth2 => ConnectorKind::OAuth2,
            Self::TeamViewer => ConnectorKind::TeamViewer,
        }
    }
}

fn secret_file(data: &Path, secret: &str) -> String {
    let path = data.join("client-secret");
    if !path.exists() {
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    }
    path.to_str().unwrap().to_owned()
}

pub(crate) fn by() -> Correlated {
    Correlated { actor: Actor::Gangway, correlation: Uuid::from_u128(7) }
}

/// The browser comes back from the partner.
pub(crate) async fn come_back(engine: &Engine<DyingStore>, answered: &Answered) -> Result<Connected, Error> {
    let callback = Callback {
        profile: "partner".parse().unwrap(),
        state: answered.state.clone(),
        code: Some(Secret::new(answered.code.clone())),
        error: None,
        issuer: answered.issuer.clone(),
        correlation: Uuid::from_u128(8),
    };
    engine.callback(&callback, |_| Some(answered.browser_key.clone())).await
}

/// Tries what is due, once; whether there was anything.
pub(crate) async fn work(engine: &Engine<DyingStore>) -> bool {
    let due = engine.due_releases(ALL).await.unwrap();
    let any = !due.is_empty();
    for due in due {
        engine.try_release(due).await.unwrap();
    }
    any
}
