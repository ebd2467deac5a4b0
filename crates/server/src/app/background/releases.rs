//! The release worker: does the releases that are due, many partners at once.
//!
//! It keeps no queue. What is due is a question to the store, which answers with the oldest due release of each partner in the
//! parts that this node holds the lease of; the worker only remembers which of them it has begun. So a crash loses nothing, and
//! a release that another node takes over is simply not in the next answer. It asks again whenever a try has ended, when the
//! engine says that a release has begun, and at every interval, for what is due again by the clock.
//!
//! An example, with `max_concurrent` 2:
//!
//! ```text
//! A, B, C are due      asks for 2: gets A, B     A and B are begun
//! A hangs, B ends      asks for 1 + 1: gets A, C     A is under way already, C is begun
//! C fails              its place stays taken for an interval: it is still due, and would be tried in a loop
//! ```
//!
//! It asks for as many more as are under way, because to the store these are due until their result is recorded.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use gangway_domain::{ReleaseId, TenantId};
use gangway_engine::{DueRelease, TryOutcome};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, info, warn};

use crate::Engine;
use crate::metrics::Metrics;

type ReleaseKey = (TenantId, ReleaseId);

/// The worker of this node.
pub(in crate::app) struct Releases {
    pub(in crate::app) engine: Arc<Engine>,
    pub(in crate::app) metrics: Arc<Metrics>,
    /// How many are tried at a time.
    pub(in crate::app) max_concurrent: usize,
    /// How long until it looks again when nothing wakes it.
    pub(in crate::app) check_interval: Duration,
    /// How long tries under way may take to end when the server stops. What is aborted is tried again at the next start.
    pub(in crate::app) drain_timeout: Duration,
}

impl Releases {
    /// Works until it is told to stop.
    pub(in crate::app) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut under_way = HashSet::new();
        let mut tries = JoinSet::new();
        loop {
            self.begin_due(&mut under_way, &mut tries).await;
            tokio::select! {
                // First of all: a server that stops begins nothing, whatever else has happened.
                biased;
                _ = stop.wait_for(|stopping| *stopping) => break,
                Some(Ok(key)) = tries.join_next() => drop(under_way.remove(&key)),
                () = self.engine.release_begun() => {}
                () = tokio::time::sleep(self.check_interval) => {}
            }
        }
        let drained = async { while tries.join_next().await.is_some() {} };
        if tokio::time::timeout(self.drain_timeout, drained).await.is_err() {
            info!("some releases did not finish in time; they are tried again at the next start");
        }
    }

    async fn begin_due(&self, under_way: &mut HashSet<ReleaseKey>, tries: &mut JoinSet<ReleaseKey>) {
        let free = self.max_concurrent.saturating_sub(under_way.len());
        if free == 0 {
            return;
        }
        // Those under way are still due, as far as the store knows.
        let due = match self.engine.due_releases(free + under_way.len()).await {
            Ok(due) => due,
            Err(error) => {
                warn!(%error, "could not read the releases that are due; will retry");
                return;
            }
        };
        for due in due {
            let key = (due.release.tenant, due.release.id);
            if under_way.insert(key) {
                let (engine, metrics, pause) =
                    (Arc::clone(&self.engine), Arc::clone(&self.metrics), self.check_interval);
                tries.spawn(async move {
                    // A try that panics is a failed one: the others go on, and it is tried again.
                    let trying = AssertUnwindSafe(try_one(&engine, &metrics, due)).catch_unwind();
                    if !trying.await.unwrap_or(false) {
                        // It is still due, so it keeps its place for a while: else it would be tried again at once.
                        tokio::time::sleep(pause).await;
                    }
                    key
                });
            }
        }
    }
}

/// Whether what was found out is recorded, here or elsewhere.
async fn try_one(engine: &Engine, metrics: &Metrics, due: DueRelease) -> bool {
    let id = due.release.id;
    match engine.try_release(due).await {
        Ok(TryOutcome::Recorded(release)) => {
            metrics.release_tried(Some(&release));
            let answer = release.calls.latest().map(|call| call.answer.as_str());
            info!(release = %id, partner = %release.partner, state = release.state.as_str(), answer, "release tried");
            true
        }
        Ok(TryOutcome::Superseded) => {
            debug!(release = %id, "another node has this release");
            true
        }
        Err(error) => {
            metrics.release_tried(None);
            warn!(release = %id, %error, "the try at a release failed; will retry");
            false
        }
    }
}

#[cfg(test)]
mod tests;
