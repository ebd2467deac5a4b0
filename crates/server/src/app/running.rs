//! The parts, put together.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use gangway_domain::ConnectorKind;
use gangway_engine::{Clock as _, Policy, Ports, Profile, Store as _};
use gangway_odata::token::PagingKey;
use gangway_store::AnyStore;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tracing::{field, info, warn};

use super::background::{Heartbeat, Releases, StoredCounts, disconnect_departed, expire_attempts};
use super::dev;
use super::own_keys::OwnKeys;
use super::run_mode::{Mode, stopping};
use super::store;
use crate::Engine;
use crate::config::Settings;
use crate::connector::Registry;
use crate::http::{Admin, AdminState, CodeRedemptions, Listener, OperatorToken, Public, PublicAddress};
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
    pub(super) code_redemptions: Arc<CodeRedemptions>,
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
        require_key(settings, &vault, store::is_shared(settings)?)?;
        // It makes sure that no other server has the directory. The key of a shared audit is sealed by the vault.
        let store::Opened { store, lock } = store::open(settings, &vault).await?;
        let connectors = Registry::new(&settings.profiles, &settings.base_url(bound)?);
        let connectors = Arc::new(connectors.map_err(|error| error.to_string())?);
        let clock = Arc::new(common_clock(&store).await?);
        let OwnKeys { signer, paging } = OwnKeys::open(settings, mode, &store, &vault).await?;
        let ports = Ports {
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SystemRandom),
            vault: Arc::clone(&vault) as _,
            connectors: Arc::clone(&connectors) as _,
        };
        let engine = Arc::new(Engine::new(store, ports, policy(settings, &connectors)));
        let dev_issuer = dev_issuer(settings, mode, bound)?;
        let identity = Arc::new(identity(settings, dev_issuer.as_deref(), &clock)?);
        // Not before anything above has refused the start, which is one line then.
        let sealing_key = vault.active().map(field::display);
        info!(sealing_key, keys = vault.ids().len(), "vault opened");
        Ok(Self {
            metrics: Arc::new(Metrics::new(engine.store().is_shared())),
            engine,
            identity,
            dev_issuer,
            operator: Arc::new(OperatorToken::new(&SystemRandom)),
            code_redemptions: Arc::default(),
            stop,
            clock,
            vault,
            signer: Arc::new(signer),
            paging: Arc::new(paging),
            connectors,
            throttle: Throttle::new(&settings.throttle, Instant::now()).map(Arc::new),
            name: settings.node.name(),
            _lock: lock,
        })
    }

    pub(super) fn public(&self, settings: &Settings, bound: SocketAddr) -> Public {
        Public {
            engine: Arc::clone(&self.engine),
            identity: Arc::clone(&self.identity),
            random: Arc::new(SystemRandom),
            metrics: Arc::clone(&self.metrics),
            address: PublicAddress::new(settings.public_url(), bound, settings.http.trusted_proxies.clone()),
            options: settings.public_options(),
            dev_issuer: self.dev_issuer.clone(),
            throttle: self.throttle.clone(),
            paging: Arc::clone(&self.paging),
            code_redemptions: Arc::clone(&self.code_redemptions),
            receipt_keys: self.signer.jwks().into(),
        }
    }

    /// Starts what goes on beside requests.
    pub(super) fn start(&self, settings: &Settings, admin: Listener) -> Vec<JoinHandle<()>> {
        let (identity, stop) = (Arc::clone(&self.identity), self.stop.clone());
        let keys = tokio::spawn(async move { identity.run(stopping(stop)).await });
        let interval = settings.onboarding.expiry_check_interval();
        let expiry = tokio::spawn(expire_attempts(Arc::clone(&self.engine), interval, self.stop.clone()));
        let releases = tokio::spawn(self.releases(settings).run(self.stop.clone()));
        let (routes, stop) = (Admin::new(self.admin_state()), self.stop.clone());
        let admin = tokio::spawn(async move { admin.serve(Arc::new(routes), stopping(stop)).await });
        let mut tasks = vec![keys, expiry, releases, admin];
        if self.engine.store().is_shared() {
            tasks.extend(self.start_sharing(settings));
        }
        // A developer's server has no profiles. If it is started over the data of a real one, it cuts nothing.
        if self.dev_issuer.is_none() {
            let (engine, identity) = (Arc::clone(&self.engine), Arc::clone(&self.identity));
            tasks.push(tokio::spawn(disconnect_departed(engine, identity, self.stop.clone())));
        }
        tasks
    }

    /// Starts what only nodes over one database do.
    fn start_sharing(&self, settings: &Settings) -> Vec<JoinHandle<()>> {
        let mut tasks = vec![tokio::spawn(self.heartbeat().run(self.stop.clone()))];
        if let Some(throttle) = &self.throttle {
            let (counts, metrics) = (StoredCounts(Arc::clone(&self.engine)), Arc::clone(&self.metrics));
            let on_failure = move || metrics.throttle_sync_failed();
            let interval = settings.throttle.sync_interval();
            let sync = Arc::clone(throttle).keep_in_sync(counts, interval, on_failure, self.stop.clone());
            tasks.push(tokio::spawn(sync));
        }
        tasks
    }

    fn releases(&self, settings: &Settings) -> Releases {
        Releases {
            engine: Arc::clone(&self.engine),
            metrics: Arc::clone(&self.metrics),
            max_concurrent: settings.release.max_concurrent,
            check_interval: settings.release.check_interval(),
            drain_timeout: settings.http.drain_timeout(),
        }
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
            warn!(%error, "could not return this node's leases; they expire in a few seconds");
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
            code_redemptions: Arc::clone(&self.code_redemptions),
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
    let vault = KeyRing::open(&settings.vault.source(dev_data), SystemClock.now());
    vault.map_err(|error| error.to_string())
}

fn dev_issuer(settings: &Settings, mode: Mode, bound: SocketAddr) -> Result<Option<Arc<DevIssuer>>, String> {
    match mode {
        Mode::Dev => Ok(Some(Arc::new(dev::issuer(&settings.data, bound)?))),
        Mode::Real => Ok(None),
    }
}

fn identity(
    settings: &Settings,
    dev_issuer: Option<&DevIssuer>,
    clock: &Arc<CommonClock>,
) -> Result<Identity, String> {
    let (clock, random) = (Arc::clone(clock) as _, Arc::new(SystemRandom));
    Identity::new(&settings.identity, dev_issuer, clock, random).map_err(|error| error.to_string())
}

/// The clock of the store, where that has one.
async fn common_clock(store: &AnyStore) -> Result<CommonClock, String> {
    let clock = CommonClock::default();
    if let Some(time) = store.time().await.map_err(|error| error.to_string())? {
        clock.set(time);
    }
    Ok(clock)
}

/// Checks that there is a key to seal with where something will be sealed: better at the start than when somebody connects a
/// partner.
fn require_key(settings: &Settings, vault: &KeyRing, is_shared: bool) -> Result<(), String> {
    if vault.active().is_some() {
        return Ok(());
    }
    let profile = settings.profiles.iter().find(|profile| profile.connector.gives_credentials());
    let needed_by = match profile {
        _ if is_shared => "a store that servers share".into(),
        Some(profile) => format!("profiles[{}]", profile.name),
        None if settings.onboarding.created_as == ConnectorKind::Simulated => {
            "onboarding.created_as = \"simulated\"".into()
        }
        None => return Ok(()),
    };
    let same = if is_shared { ", the same for all of them" } else { "" };
    Err(format!(
        "{needed_by} needs a key to seal secrets with{same}: run `gangway keys generate FILE` and set vault.key_file to FILE"
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
        attempt_timeout: settings.onboarding.attempt_timeout(),
        profiles: profiles.collect(),
    }
}
