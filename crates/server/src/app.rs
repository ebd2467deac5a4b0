//! Puts the parts together, runs them, and takes them apart again in order.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::num::NonZero;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gangway_engine::{Clock as _, Policy};
use gangway_store::{SqliteOptions, SqliteStore};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tracing::{info, warn};

use crate::cli::say;
use crate::config::Settings;
use crate::dev;
use crate::http::{
    Admin, AdminState, Engine, LISTS_AT_A_TIME, Limits, Listener, Public, PublicAddress, PublicOptions,
};
use crate::identity::{DevIssuer, Identity};
use crate::metrics::Metrics;
use crate::ports::{SystemClock, SystemRandom};
use crate::vault::KeyRing;

/// What the server is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By a developer, for the developer.
    Dev,
    /// For real.
    Real,
}

/// The sockets, taken first: what cannot listen need not open a database.
struct Sockets {
    public: Listener,
    admin: Listener,
    public_address: SocketAddr,
    admin_address: SocketAddr,
}

/// Everything that runs, and the word to stop it.
struct Running {
    engine: Arc<Engine>,
    identity: Arc<Identity>,
    dev_issuer: Option<Arc<DevIssuer>>,
    metrics: Arc<Metrics>,
    stop: watch::Receiver<bool>,
}

/// Serves until SIGTERM or SIGINT; then lets requests under way end and the store write what it has taken.
///
/// # Errors
/// One line that says what could not be started.
pub(crate) async fn run(settings: &Settings, mode: Mode) -> Result<(), String> {
    raise_file_limit(settings);
    make_private_directory(&settings.data)?;
    let sockets = Sockets::bind(settings).await?;
    let (stop, stopped) = watch::channel(false);
    let running = Running::open(settings, mode, sockets.public_address, stopped)?;
    // Before anybody is told that there is something to stop.
    let signals = signals();
    say(&format!(
        "listening on http://{}\nadmin on http://{}",
        sockets.public_address, sockets.admin_address
    ));
    if let Some(issuer) = &running.dev_issuer {
        dev::seed(&running.engine).await?;
        say(&dev::welcome(issuer, sockets.public_address, &settings.data, SystemClock.now())?);
    }
    let public = Arc::new(running.public(settings, sockets.public_address));
    let background = running.start(settings, sockets.admin);
    tokio::spawn(async move {
        wait_for(signals).await;
        info!("stopping: requests under way end, then the store closes");
        stop.send_replace(true);
    });
    sockets.public.serve(public, stopping(running.stop.clone())).await;
    for task in background {
        if tokio::time::timeout(limits(settings).drain_timeout, task).await.is_err() {
            warn!("a background task did not end in time");
        }
    }
    tokio::task::spawn_blocking(move || running.engine.store().close())
        .await
        .map_err(|error| format!("the store did not close: {error}"))
}

impl Sockets {
    async fn bind(settings: &Settings) -> Result<Self, String> {
        let public = Listener::bind(settings.listen, limits(settings))
            .await
            .map_err(|error| format!("listen {}: {error}", settings.listen))?;
        let admin_limits = Limits { connections: ADMIN_CONNECTIONS, ..limits(settings) };
        let admin = Listener::bind(settings.admin_listen, admin_limits)
            .await
            .map_err(|error| format!("admin_listen {}: {error}", settings.admin_listen))?;
        let public_address = public.address().map_err(|error| format!("listen: {error}"))?;
        let admin_address = admin.address().map_err(|error| format!("admin_listen: {error}"))?;
        Ok(Self { public, admin, public_address, admin_address })
    }
}

impl Running {
    fn open(
        settings: &Settings,
        mode: Mode,
        bound: SocketAddr,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, String> {
        // First, because it makes sure that no other server has the directory.
        let engine = Arc::new(engine(settings)?);
        let vault = vault(settings, mode)?;
        let dev_issuer = match mode {
            Mode::Dev => Some(Arc::new(dev::issuer(&settings.data, bound)?)),
            Mode::Real => None,
        };
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let identity = Identity::new(&settings.identity, dev_issuer.as_deref(), clock, random)
            .map_err(|error| error.to_string())?;
        let metrics = Arc::new(Metrics::new());
        let seals = vault.active().map(tracing::field::display);
        info!(seals, keys = vault.ids().len(), "the vault is open");
        Ok(Self { engine, identity: Arc::new(identity), dev_issuer, metrics, stop })
    }

    fn public(&self, settings: &Settings, bound: SocketAddr) -> Public {
        let public_url = Some(settings.public_url.as_str()).filter(|url| !url.is_empty());
        Public {
            engine: Arc::clone(&self.engine),
            identity: Arc::clone(&self.identity),
            random: Arc::new(SystemRandom),
            metrics: Arc::clone(&self.metrics),
            address: PublicAddress::new(public_url, bound),
            options: public_options(settings),
            dev_issuer: self.dev_issuer.clone(),
            lists: Semaphore::new(LISTS_AT_A_TIME),
        }
    }

    /// Starts what goes on beside requests.
    fn start(&self, settings: &Settings, admin: Listener) -> Vec<tokio::task::JoinHandle<()>> {
        let (identity, stop) = (Arc::clone(&self.identity), self.stop.clone());
        let keys = tokio::spawn(async move { identity.run(stopping(stop)).await });
        let every = Duration::from_secs(settings.onboarding.expiry_check_seconds);
        let expiry = tokio::spawn(expire_attempts(Arc::clone(&self.engine), every, self.stop.clone()));
        let routes = Admin::new(AdminState {
            engine: Arc::clone(&self.engine),
            identity: Arc::clone(&self.identity),
            metrics: Arc::clone(&self.metrics),
        });
        let stop = self.stop.clone();
        let admin = tokio::spawn(async move { admin.serve(Arc::new(routes), stopping(stop)).await });
        vec![keys, expiry, admin]
    }
}

/// Connections to the admin listener at a time.
const ADMIN_CONNECTIONS: usize = 64;
/// Files beside connections: the database's, and calls to issuers.
const OTHER_FILES: u64 = 256;

/// Every connection is an open file, and systems start a process with few: takes as many as it may have.
fn raise_file_limit(settings: &Settings) {
    let wanted = settings.http.max_connections as u64 + ADMIN_CONNECTIONS as u64 + OTHER_FILES;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => warn!(
            limit,
            wanted, "fewer files may be open than http.max_connections needs: raise the limit (ulimit -n)"
        ),
        Ok(_) => {}
        Err(error) => warn!(%error, "the limit of open files could not be raised"),
    }
}

/// How many expired attempts are given up in one go.
const EXPIRE_AT_MOST: usize = 100;

async fn expire_attempts(engine: Arc<Engine>, every: Duration, stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopping(stop.clone()) => return,
            _ = ticks.tick() => {}
        }
        loop {
            match engine.expire_attempts(EXPIRE_AT_MOST).await {
                Ok(EXPIRE_AT_MOST) => {}
                Ok(_) => break,
                Err(error) => {
                    warn!(%error, "expired attempts are tried again later");
                    break;
                }
            }
        }
    }
}

async fn stopping(mut stop: watch::Receiver<bool>) {
    // The sender is gone only when the process is ending anyway.
    let _ = stop.wait_for(|stopping| *stopping).await;
}

/// From now on SIGTERM and SIGINT do not end the process at once.
fn signals() -> Option<(Signal, Signal)> {
    signal(SignalKind::terminate()).ok().zip(signal(SignalKind::interrupt()).ok())
}

async fn wait_for(signals: Option<(Signal, Signal)>) {
    let Some((mut term, mut int)) = signals else {
        warn!("signals cannot be waited for; stop the process by force");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

fn engine(settings: &Settings) -> Result<Engine, String> {
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
    let store = SqliteStore::open(&options).map_err(|error| error.to_string())?;
    let policy = Policy {
        created_as: settings.onboarding.created_as,
        attempt_lasts: Duration::from_secs(settings.onboarding.attempt_minutes * 60),
    };
    Ok(Engine::new(store, Arc::new(SystemClock), Arc::new(SystemRandom), policy))
}

fn vault(settings: &Settings, mode: Mode) -> Result<KeyRing, String> {
    let dev_data = match mode {
        Mode::Dev => Some(settings.data.as_path()),
        Mode::Real => None,
    };
    KeyRing::open(&settings.vault.source(dev_data), SystemClock.now()).map_err(|error| error.to_string())
}

/// The database in a data directory.
pub(crate) fn database(data: &Path) -> PathBuf {
    data.join("gangway.db")
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        connections: settings.http.max_connections,
        head_timeout: Duration::from_secs(settings.http.head_timeout_seconds),
        write_timeout: Duration::from_secs(settings.http.write_timeout_seconds),
        drain_timeout: Duration::from_secs(settings.http.drain_timeout_seconds),
    }
}

fn public_options(settings: &Settings) -> PublicOptions {
    PublicOptions {
        permissions: settings.identity.permissions,
        deadline: Duration::from_secs(settings.http.request_timeout_seconds),
        body_timeout: Duration::from_secs(settings.http.body_timeout_seconds),
    }
}

fn make_private_directory(path: &Path) -> Result<(), String> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| format!("data {}: {error}", path.display()))
}
