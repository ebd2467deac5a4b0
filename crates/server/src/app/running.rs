//! The parts, put together.

use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_domain::ConnectorKind;
use gangway_engine::{Clock as _, Policy, Ports, Profile};
use gangway_odata::token::PagingKey;
use gangway_store::{AnyStore, SqliteOptions, SqliteStore};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tracing::{field, info};
use url::Url;

use super::chores::{disconnect_departed, expire_attempts};
use super::{Mode, database, limits, stopping};
use crate::config::Settings;
use crate::connector::Registry;
use crate::dev;
use crate::http::{
    Admin, AdminState, Engine, Exchanges, Listener, OperatorToken, Public, PublicAddress, PublicOptions,
};
use crate::identity::{DevIssuer, Identity};
use crate::metrics::Metrics;
use crate::paging_key;
use crate::ports::{SystemClock, SystemRandom};
use crate::receipt::Signer;
use crate::releases::Releases;
use crate::throttle::Throttle;
use crate::vault::KeyRing;

/// Everything that runs, and the word to stop it.
pub(super) struct Running {
    pub(super) engine: Arc<Engine>,
    pub(super) identity: Arc<Identity>,
    pub(super) dev_issuer: Option<Arc<DevIssuer>>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) operator: Arc<OperatorToken>,
    pub(super) exchanges: Arc<Exchanges>,
    pub(super) stop: watch::Receiver<bool>,
    vault: Arc<KeyRing>,
    signer: Arc<Signer>,
    paging: Arc<PagingKey>,
    connectors: Arc<Registry>,
}

impl Running {
    pub(super) fn open(
        settings: &Settings,
        mode: Mode,
        bound: SocketAddr,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, String> {
        // First, because it makes sure that no other server has the directory.
        let store = store(settings)?;
        let vault = Arc::new(vault(settings, mode)?);
        let connectors = Arc::new(connectors(settings, bound)?);
        needs_keys(settings, &vault)?;
        let ports = Ports {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            vault: Arc::clone(&vault) as _,
            connectors: Arc::clone(&connectors) as _,
        };
        let engine = Arc::new(Engine::new(store, ports, policy(settings, &connectors)));
        let dev_issuer = match mode {
            Mode::Dev => Some(Arc::new(dev::issuer(&settings.data, bound)?)),
            Mode::Real => None,
        };
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let identity = Identity::new(&settings.identity, dev_issuer.as_deref(), clock, random)
            .map_err(|error| error.to_string())?;
        let seals = vault.active().map(field::display);
        info!(seals, keys = vault.ids().len(), "the vault is open");
        Ok(Self {
            engine,
            identity: Arc::new(identity),
            dev_issuer,
            metrics: Arc::new(Metrics::new()),
            operator: Arc::new(OperatorToken::new(&SystemRandom)),
            exchanges: Arc::default(),
            stop,
            vault,
            signer: Arc::new(Signer::open(&settings.data).map_err(|error| error.to_string())?),
            paging: Arc::new(
                paging_key::open(&settings.data, &SystemRandom).map_err(|error| error.to_string())?,
            ),
            connectors,
        })
    }

    pub(super) fn public(&self, settings: &Settings, bound: SocketAddr) -> Public {
        let public_url = Some(settings.public_url.as_str()).filter(|url| !url.is_empty());
        Public {
            engine: Arc::clone(&self.engine),
            identity: Arc::clone(&self.identity),
            random: Arc::new(SystemRandom),
            metrics: Arc::clone(&self.metrics),
            address: PublicAddress::new(public_url, bound, settings.http.trusted_proxies.clone()),
            options: public_options(settings),
            dev_issuer: self.dev_issuer.clone(),
            throttle: Throttle::new(&settings.throttle, Instant::now()),
            paging: Arc::clone(&self.paging),
            exchanges: Arc::clone(&self.exchanges),
            receipt_keys: self.signer.jwks().into(),
        }
    }

    /// Starts what goes on beside requests.
    pub(super) fn start(&self, settings: &Settings, admin: Listener) -> Vec<JoinHandle<()>> {
        let (identity, stop) = (Arc::clone(&self.identity), self.stop.clone());
        let keys = tokio::spawn(async move { identity.run(stopping(stop)).await });
        let every = Duration::from_secs(settings.onboarding.expiry_check_seconds);
        let expiry = tokio::spawn(expire_attempts(Arc::clone(&self.engine), every, self.stop.clone()));
        let releases = Releases {
            engine: Arc::clone(&self.engine),
            metrics: Arc::clone(&self.metrics),
            at_once: settings.release.at_once,
            every: Duration::from_secs(settings.release.check_seconds),
            drain: limits(settings).drain_timeout,
        };
        let releases = tokio::spawn(releases.run(self.stop.clone()));
        let (routes, stop) = (Admin::new(self.admin_state()), self.stop.clone());
        let admin = tokio::spawn(async move { admin.serve(Arc::new(routes), stopping(stop)).await });
        let mut tasks = vec![keys, expiry, releases, admin];
        // A developer's server has no profiles. Should it ever be started over data of a real one, it cuts nothing.
        if self.dev_issuer.is_none() {
            let (engine, identity) = (Arc::clone(&self.engine), Arc::clone(&self.identity));
            tasks.push(tokio::spawn(disconnect_departed(engine, identity, self.stop.clone())));
        }
        tasks
    }

    fn admin_state(&self) -> AdminState {
        AdminState {
            engine: Arc::clone(&self.engine),
            identity: Arc::clone(&self.identity),
            metrics: Arc::clone(&self.metrics),
            operator: Arc::clone(&self.operator),
            vault: Arc::clone(&self.vault),
            signer: Arc::clone(&self.signer),
            simulated: Arc::clone(self.connectors.simulated()),
            exchanges: Arc::clone(&self.exchanges),
            rotation: Arc::new(Mutex::new(())),
        }
    }
}

fn store(settings: &Settings) -> Result<AnyStore, String> {
    let store = &settings.store;
    let options = SqliteOptions {
        readers: match store.readers {
            0 => std::thread::available_parallelism().map_or(2, NonZero::get),
            readers => readers,
        },
        queue_length: store.queue,
        queue_wait: Duration::from_secs(store.commit_wait_seconds),
        ..SqliteOptions::at(database(&settings.data))
    };
    SqliteStore::open(&options).map(AnyStore::from).map_err(|error| error.to_string())
}

fn vault(settings: &Settings, mode: Mode) -> Result<KeyRing, String> {
    let dev_data = match mode {
        Mode::Dev => Some(settings.data.as_path()),
        Mode::Real => None,
    };
    KeyRing::open(&settings.vault.source(dev_data), SystemClock.now()).map_err(|error| error.to_string())
}

/// The connectors of the configuration. Where it does not say how browsers reach us, they do at the address that is
/// listened on.
fn connectors(settings: &Settings, bound: SocketAddr) -> Result<Registry, String> {
    let base = match settings.public_url.as_str() {
        "" => format!("http://{bound}"),
        url => url.to_owned(),
    };
    let base = Url::parse(&base).map_err(|error| format!("public_url {base:?}: {error}"))?;
    Registry::new(&settings.profiles, &base).map_err(|error| error.to_string())
}

/// Better at the start than when somebody comes to connect a partner.
fn needs_keys(settings: &Settings, vault: &KeyRing) -> Result<(), String> {
    if vault.active().is_some() {
        return Ok(());
    }
    let profile = settings.profiles.iter().find(|profile| profile.connector.gives_credentials());
    let needy = match profile {
        Some(profile) => format!("profiles[{}]", profile.name),
        None if settings.onboarding.created_as == ConnectorKind::Simulated => "onboarding.created_as".into(),
        None => return Ok(()),
    };
    Err(format!(
        "{needy} has partners that give credentials, and there is no key to seal them with: make one with \
         `gangway keys generate FILE` and name it as vault.key_file"
    ))
}

fn policy(settings: &Settings, connectors: &Registry) -> Policy {
    let profiles = connectors.profiles().iter().map(|profile| Profile {
        name: profile.name.clone(),
        display_name: profile.display_name.clone(),
        connector: profile.connector,
        onboarding_url: profile.base_url.as_ref().map(ToString::to_string),
    });
    Policy {
        created_as: settings.onboarding.created_as,
        attempt_lasts: attempt_lasts(settings),
        profiles: profiles.collect(),
    }
}

const fn attempt_lasts(settings: &Settings) -> Duration {
    Duration::from_secs(settings.onboarding.attempt_minutes * 60)
}

fn public_options(settings: &Settings) -> PublicOptions {
    PublicOptions {
        permissions: settings.identity.permissions,
        deadline: Duration::from_secs(settings.http.request_timeout_seconds),
        body_timeout: Duration::from_secs(settings.http.body_timeout_seconds),
        attempt_lasts: attempt_lasts(settings),
    }
}
