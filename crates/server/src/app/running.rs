//! The parts, put together.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_domain::ConnectorKind;
use gangway_engine::{Clock as _, Policy, Ports, Profile, Store as _};
use gangway_odata::token::PagingKey;
use gangway_store::AnyStore;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tracing::{field, info, warn};
use url::Url;

use super::background::{Heartbeat, Releases, StoredCounts, disconnect_departed, expire_attempts, node_name};
use super::dev;
use super::own_keys::OwnKeys;
use super::run_mode::{Mode, stopping};
use super::store;
use crate::Engine;
use crate::config::Settings;
use crate::connector::Registry;
use crate::http::{
    Admin, AdminState, Exchanges, Listener, OperatorToken, Public, PublicAddress, PublicOptions,
};
use crate::identity::{DevIssuer, Identity};
use crate::metrics::Metrics;
use crate::receipt::Signer;
use crate::system::{CommonClock, SystemClock, SystemRandom};
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
    pub(super) clock: Arc<CommonClock>,
    vault: Arc<KeyRing>,
    signer: Arc<Signer>,
    paging: Arc<PagingKey>,
    connectors: Arc<Registry>,
    throttle: Option<Arc<Throttle>>,
    /// What others call this process.
    name: String,
    /// Held for as long as this runs.
    _lock: Option<File>,
}

impl Running {
    pub(super) async fn open(
        settings: &Settings,
        mode: Mode,
        bound: SocketAddr,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, String> {
        let vault = Arc::new(vault(settings, mode)?);
        needs_keys(settings, &vault, store::is_shared(settings)?)?;
        // It makes sure that no other server has the directory. The key of a shared audit is sealed by the vault.
        let store::Opened { store, lock } = store::open(settings, &vault).await?;
        let connectors = Arc::new(connectors(settings, bound)?);
        let clock = Arc::new(common_clock(&store).await?);
        let own_keys = OwnKeys::open(settings, mode, &store, &vault).await?;
        let ports = Ports {
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom),
            vault: Arc::clone(&vault) as _,
            connectors: Arc::clone(&connectors) as _,
        };
        let engine = Arc::new(Engine::new(store, ports, policy(settings, &connectors)));
        let dev_issuer = match mode {
            Mode::Dev => Some(Arc::new(dev::issuer(&settings.data, bound)?)),
            Mode::Real => None,
        };
        let random = Arc::new(SystemRandom);
        let identity =
            Identity::new(&settings.identity, dev_issuer.as_deref(), Arc::clone(&clock) as _, random)
                .map_err(|error| error.to_string())?;
        let seals = vault.active().map(field::display);
        info!(seals, keys = vault.ids().len(), "the vault is open");
        let metrics = Arc::new(Metrics::new(engine.store().is_shared()));
        Ok(Self {
            engine,
            identity: Arc::new(identity),
            dev_issuer,
            metrics,
            operator: Arc::new(OperatorToken::new(&SystemRandom)),
            exchanges: Arc::default(),
            stop,
            clock,
            vault,
            signer: Arc::new(own_keys.signer),
            paging: Arc::new(own_keys.paging),
            connectors,
            throttle: Throttle::new(&settings.throttle, Instant::now()).map(Arc::new),
            name: node_name(&settings.node.name),
            _lock: lock,
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
            throttle: self.throttle.clone(),
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
            drain: settings.http.limits().drain_timeout,
        };
        let releases = tokio::spawn(releases.run(self.stop.clone()));
        let (routes, stop) = (Admin::new(self.admin_state()), self.stop.clone());
        let admin = tokio::spawn(async move { admin.serve(Arc::new(routes), stopping(stop)).await });
        let mut tasks = vec![keys, expiry, releases, admin];
        if self.engine.store().is_shared() {
            tasks.push(tokio::spawn(self.heartbeat().run(self.stop.clone())));
            if let Some(throttle) = &self.throttle {
                let every = Duration::from_millis(settings.throttle.sync_milliseconds);
                let (counts, metrics) = (StoredCounts(Arc::clone(&self.engine)), Arc::clone(&self.metrics));
                let failed = move || metrics.throttle_exchange_failed();
                let throttle = Arc::clone(throttle);
                tasks.push(tokio::spawn(throttle.keep_in_step(counts, every, failed, self.stop.clone())));
            }
        }
        // A developer's server has no profiles. Should it ever be started over data of a real one, it cuts nothing.
        if self.dev_issuer.is_none() {
            let (engine, identity) = (Arc::clone(&self.engine), Arc::clone(&self.identity));
            tasks.push(tokio::spawn(disconnect_departed(engine, identity, self.stop.clone())));
        }
        tasks
    }

    /// Tells the other nodes that this one is there; better before anybody is told that it listens.
    ///
    /// # Errors
    /// One line that says why they could not be told.
    pub(super) async fn join(&self) -> Result<(), String> {
        if self.engine.store().is_shared() {
            self.heartbeat().beat().await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn heartbeat(&self) -> Heartbeat {
        Heartbeat {
            engine: Arc::clone(&self.engine),
            vault: Arc::clone(&self.vault),
            metrics: Arc::clone(&self.metrics),
            clock: Arc::clone(&self.clock),
            name: self.name.clone(),
        }
    }

    /// Gives everything back, once nothing goes on any more.
    pub(super) async fn leave(&self) {
        let store = self.engine.store();
        if let Err(error) = store.remove_node(self.engine.node()).await {
            warn!(%error, "this node's leases were not given back: they lapse in a few seconds");
        }
        store.close().await;
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
            stop: self.stop.clone(),
            rotation: Arc::new(Mutex::new(())),
        }
    }
}

fn vault(settings: &Settings, mode: Mode) -> Result<KeyRing, String> {
    let dev_data = match mode {
        Mode::Dev => Some(settings.data.as_path()),
        Mode::Real => None,
    };
    KeyRing::open(&settings.vault.source(dev_data), SystemClock.now()).map_err(|error| error.to_string())
}

/// The clock of the store, where that has one.
async fn common_clock(store: &AnyStore) -> Result<CommonClock, String> {
    let clock = CommonClock::default();
    if let Some(time) = store.time().await.map_err(|error| error.to_string())? {
        clock.hear(time);
    }
    Ok(clock)
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
fn needs_keys(settings: &Settings, vault: &KeyRing, is_shared: bool) -> Result<(), String> {
    if vault.active().is_some() {
        return Ok(());
    }
    if is_shared {
        return Err("a store that servers share needs a key to seal with, and all of them need the same: make one with \
                    `gangway keys generate FILE` and name it as vault.key_file"
            .into());
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
        attempt_timeout: attempt_timeout(settings),
        profiles: profiles.collect(),
    }
}

const fn attempt_timeout(settings: &Settings) -> Duration {
    Duration::from_secs(settings.onboarding.attempt_minutes * 60)
}

fn public_options(settings: &Settings) -> PublicOptions {
    PublicOptions {
        permissions: settings.identity.permissions,
        deadline: Duration::from_secs(settings.http.request_timeout_seconds),
        body_timeout: Duration::from_secs(settings.http.body_timeout_seconds),
        attempt_timeout: attempt_timeout(settings),
    }
}
