//! This process among those that share a database: it shows itself, and keeps its leases.

use std::sync::Arc;
use std::time::Duration;

use gangway_engine::LEASE_RENEWAL_INTERVAL;
use gangway_store::Node;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tracing::{info, warn};

use crate::Engine;
use crate::metrics::Metrics;
use crate::system::CommonClock;
use crate::vault::KeyRing;

/// A node that was not heard of for this long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);
/// How many beats there are from one look for such nodes to the next.
const BEATS: u32 = 100;
/// How far the machine's clock may be off before somebody is told, in seconds.
const TOLERATED: i64 = 5;

/// What beats.
pub(in crate::app) struct Heartbeat {
    pub(in crate::app) engine: Arc<Engine>,
    pub(in crate::app) vault: Arc<KeyRing>,
    pub(in crate::app) metrics: Arc<Metrics>,
    pub(in crate::app) clock: Arc<CommonClock>,
    pub(in crate::app) name: String,
}

impl Heartbeat {
    /// Beats until it is told to stop. The first time is over when this returns for the first time to whoever polls it.
    pub(in crate::app) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(LEASE_RENEWAL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for beat in 0_u32.. {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stopping| *stopping) => return,
                _ = ticks.tick() => {}
            }
            self.reread_keys().await;
            if let Err(error) = self.beat().await {
                warn!(%error, "heartbeat failed; until the next one succeeds, this node's leases may expire");
            }
            if beat % BEATS == BEATS - 1
                && let Err(error) = self.engine.store().forget_nodes(FORGOTTEN_AFTER).await
            {
                warn!(%error, "could not delete nodes that are gone; will retry");
            }
        }
    }

    /// Shows the node first: leases are shared out among those that are seen.
    pub(in crate::app) async fn beat(&self) -> Result<(), gangway_engine::Error> {
        if let Some(time) = self.engine.store().show_node(&self.node()).await? {
            self.clock.set(time);
            let ahead = self.clock.machine_ahead();
            self.metrics.clock_offset(ahead);
            if ahead.abs() > TOLERATED {
                warn!(
                    seconds = ahead,
                    "this machine's clock is ahead of the database's (behind, if negative)"
                );
            }
        }
        self.metrics.leases_held(self.engine.keep_leases().await?);
        Ok(())
    }

    fn node(&self) -> Node {
        Node {
            id: self.engine.node(),
            name: self.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            keys: self.vault.ids().iter().map(ToString::to_string).collect(),
        }
    }

    /// Somebody may have put another key into the file.
    async fn reread_keys(&self) {
        let vault = Arc::clone(&self.vault);
        match tokio::task::spawn_blocking(move || vault.reread()).await {
            Ok(Ok(true)) => info!(keys = self.vault.ids().len(), "vault keys reloaded"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => warn!(%error, "could not reload the vault keys; the loaded ones stay in use"),
            Err(error) => warn!(%error, "could not reload the vault keys; the loaded ones stay in use"),
        }
    }
}
