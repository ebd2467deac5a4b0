//! Puts the parts together, runs them, and takes them apart again in order.

mod background;
pub(crate) mod dev;
mod own_keys;
mod run_mode;
mod running;
mod store;

use std::net::SocketAddr;
use std::sync::Arc;

use gangway_engine::Clock as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::config::Settings;
use crate::http::{Listener, ListenerLimits};
use crate::system::admin_file::AdminFile;
use crate::system::data_dir::make_private_directory;
use crate::system::terminal::say;
use run_mode::stopping;
use running::Running;

pub(crate) use run_mode::Mode;

/// The sockets, taken first: what cannot listen need not open a database.
struct Sockets {
    public: Listener,
    admin: Listener,
    public_address: SocketAddr,
    admin_address: SocketAddr,
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
    let running = Running::open(settings, mode, sockets.public_address, stopped).await?;
    running.join().await?;
    // Before anybody is told that there is something to stop.
    let signals = signals();
    AdminFile::write(&settings.data, sockets.admin_address, running.operator.expose())?;
    say(&format!(
        "listening on http://{}\nadmin on http://{}",
        sockets.public_address, sockets.admin_address
    ));
    if let Some(issuer) = &running.dev_issuer {
        dev::seed(&running.engine).await?;
        say(&dev::welcome(issuer, sockets.public_address, &settings.data, running.clock.now())?);
    }
    let public = Arc::new(running.public(settings, sockets.public_address));
    let background = running.start(settings, sockets.admin);
    tokio::spawn(async move {
        wait_for(signals).await;
        info!("stopping: draining requests, then closing the store");
        stop.send_replace(true);
    });
    sockets.public.serve(public, stopping(running.stop.clone())).await;
    if !running.code_redemptions.drained(settings.http.drain_timeout()).await {
        warn!(
            "some authorization codes were not redeemed in time; their tokens are released when the attempts expire"
        );
    }
    for task in background {
        if tokio::time::timeout(settings.http.drain_timeout(), task).await.is_err() {
            warn!("a background task did not stop in time");
        }
    }
    running.leave().await;
    Ok(())
}

impl Sockets {
    async fn bind(settings: &Settings) -> Result<Self, String> {
        let public = Listener::bind(settings.listen, settings.http.listener_limits())
            .await
            .map_err(|error| format!("listen {}: {error}", settings.listen))?;
        let admin_limits =
            ListenerLimits { connections: ADMIN_CONNECTIONS, ..settings.http.listener_limits() };
        let admin = Listener::bind(settings.admin_listen, admin_limits)
            .await
            .map_err(|error| format!("admin_listen {}: {error}", settings.admin_listen))?;
        let public_address = public.address().map_err(|error| format!("listen: {error}"))?;
        let admin_address = admin.address().map_err(|error| format!("admin_listen: {error}"))?;
        Ok(Self { public, admin, public_address, admin_address })
    }
}

/// Connections to the admin listener at a time.
const ADMIN_CONNECTIONS: usize = 64;
/// Files beside connections: the database's, and calls to issuers.
const OTHER_FILES: u64 = 256;

/// Every connection is an open file, and systems start a process with few: takes as many as it may have.
fn raise_file_limit(settings: &Settings) {
    let wanted = settings.http.listener_limits().connections as u64 + ADMIN_CONNECTIONS as u64 + OTHER_FILES;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => warn!(
            limit,
            wanted, "the limit of open files is too low for http.max_connections: raise it (ulimit -n)"
        ),
        Ok(_) => {}
        Err(error) => warn!(%error, "could not raise the limit of open files"),
    }
}

/// From now on SIGTERM and SIGINT do not end the process at once.
fn signals() -> Option<(Signal, Signal)> {
    signal(SignalKind::terminate()).ok().zip(signal(SignalKind::interrupt()).ok())
}

async fn wait_for(signals: Option<(Signal, Signal)>) {
    let Some((mut term, mut int)) = signals else {
        warn!("could not install signal handlers; SIGTERM ends the process at once");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}
