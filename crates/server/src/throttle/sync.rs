//! Limits that hold across nodes.
//!
//! Each node counts for itself and reports to the others what it has counted, once that is a tenth of a limit: at every interval,
//! and at once whenever there is another tenth to report, though not within [`LEAST_PAUSE`] of the last time. When it reports, it
//! reads what the others have reported. Then no window has more in it than
//!
//! > limit + nodes × (limit / 10 + rate × (pause + round trip))
//!
//! where rate is what one node is asked for, up to the limit. For let E be the most that a node takes between two reports: a tenth
//! of the limit, and what comes until that is reported. For each node, look at the last request it took in the window, and at its
//! last report before that. Of these reports look at the latest, some node's. By then all others had reported what they took until
//! their own, and that node, which had read it, was still below the limit. After it no node took more than E. (A node that has
//! reported nothing has taken less than E.) If the database is away, each node holds to the limit by itself.
//!
//! An example: a limit of 2,000, three nodes, each asked 100 times a second, a round trip of 5 ms. Then a window has at most
//! 2,000 + 3 × (200 + 100 × 0.105 s) = 2,632 requests in it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gangway_engine::StoreError;
use gangway_store::{Used, UsedElsewhere};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tracing::warn;

use super::window::{Tally, WindowLimits, Windows, nanos};
use super::{Throttle, Who, locked};

/// Not more often than this, however much is asked.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
/// How many times a node syncs before it deletes counts that are over.
const SYNCS_PER_CLEANUP: u32 = 1000;

/// Where nodes share their counts.
pub(crate) trait Counts: Send + Sync {
    /// Reports what was used here, and reads what was used elsewhere of the same.
    fn sync(
        &self,
        slot: Duration,
        used: &[Used],
    ) -> impl Future<Output = Result<Vec<UsedElsewhere>, StoreError>> + Send;

    /// Deletes what is over.
    fn forget(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What is to be reported, and the windows it came from.
struct Report {
    windows: Arc<Mutex<Windows>>,
    limits: WindowLimits,
    counted: Tally,
}

impl Throttle {
    /// Syncs counts with other nodes until the server stops. `on_failure` is called whenever it could not.
    pub(crate) async fn keep_in_sync(
        self: Arc<Self>,
        counts: impl Counts,
        interval: Duration,
        on_failure: impl Fn() + Send,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for time in 0_u32.. {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stopping| *stopping) => return,
                _ = ticks.tick() => {}
                () = self.urgent.notified() => {}
            }
            let forgotten = if time % SYNCS_PER_CLEANUP == SYNCS_PER_CLEANUP - 1 {
                counts.forget().await
            } else {
                Ok(())
            };
            if let Err(error) = self.sync(&counts).await.and(forgotten) {
                on_failure();
                warn!(%error, "could not sync throttle counts with the other nodes; until the next sync each node throttles on its own");
            }
            tokio::select! {
                _ = stop.wait_for(|stopping| *stopping) => return,
                () = tokio::time::sleep(LEAST_PAUSE) => {}
            }
        }
    }

    /// Reports what has to be reported, and reads what others have.
    ///
    /// # Errors
    /// [`StoreError`]; then it is reported the next time.
    pub(super) async fn sync(&self, counts: &impl Counts) -> Result<(), StoreError> {
        let (reports, used) = self.reports();
        if used.is_empty() {
            return Ok(());
        }
        let elsewhere = match counts.sync(self.tenant.slot(), &used).await {
            Ok(elsewhere) => elsewhere,
            Err(error) => {
                for Report { windows, counted, .. } in reports {
                    locked(&windows).give_back(counted);
                }
                return Err(error);
            }
        };
        let now = self.time(Instant::now());
        let mut by_report = vec![Vec::new(); reports.len()];
        for UsedElsewhere { index, age, requests, writes } in elsewhere {
            if let Some(of_this) = by_report.get_mut(index) {
                of_this.push((age, Tally { requests, writes }));
            }
        }
        for (Report { windows, limits, .. }, counted) in reports.iter().zip(by_report) {
            locked(windows).replace_elsewhere(*limits, now, &counted);
        }
        Ok(())
    }

    fn reports(&self) -> (Vec<Report>, Vec<Used>) {
        let now = self.time(Instant::now());
        let (mut reports, mut used) = (Vec::new(), Vec::new());
        for (Who { tenant, application, .. }, windows) in self.counted.iter() {
            let limits = if application.is_some() { self.application } else { self.tenant };
            let mut of_this = locked(&windows);
            if !of_this.is_worth_reporting(limits, now) {
                continue;
            }
            let (counted, counter_id) = (of_this.take_unreported(), of_this.counter());
            drop(of_this);
            used.push(Used {
                tenant,
                counter: counter_id,
                requests: counted.requests,
                writes: counted.writes,
            });
            reports.push(Report { windows, limits, counted });
        }
        (reports, used)
    }

    fn time(&self, now: Instant) -> u64 {
        nanos(now.saturating_duration_since(self.started))
    }
}

#[cfg(test)]
mod tests;
