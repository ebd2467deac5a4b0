//! Limits that hold across nodes.
//!
//! Every node counts for itself, and tells the others what it has counted, once it is a tenth of the limit: every now and
//! then, and at once whenever it has another tenth to tell, though not before [`LEAST_PAUSE`] is over. When it tells, it
//! hears what they have told. Then no window has more in it than
//!
//! > limit + nodes × (limit / 10 + rate × (pause + round trip))
//!
//! where rate is what one node is asked for, up to the limit. For let E be the most that a node takes between two times that
//! it tells: a tenth of the limit, and what comes until that is told. Of each node look at the last request it took in the
//! window, and at the last time before that when it told and heard. Of those times look at the latest, some node's. By then
//! all others had told what they took until their own, and that node, which knew it, still was below the limit. After it
//! no node took more than E. (One that has told nothing has taken less than E.) Where the database is away, each node
//! holds to the limit by itself.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gangway_engine::StoreError;
use gangway_store::{Used, UsedElsewhere};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tracing::warn;

use super::window::{Told, WindowLimits, Windows, nanos};
use super::{Throttle, Who, locked};

/// Not more often than this, however much is asked.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
/// How often nodes tell each other until they look for what is over.
const TIMES: u32 = 1000;

/// Where nodes tell each other.
pub(crate) trait Counts: Send + Sync {
    /// Tells what was used here, and hears what was used elsewhere of the same.
    fn exchange(
        &self,
        slot: Duration,
        used: &[Used],
    ) -> impl Future<Output = Result<Vec<UsedElsewhere>, StoreError>> + Send;

    /// Forgets what is over.
    fn forget(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What was counted for somebody, and the windows it came from.
struct Telling {
    windows: Arc<Mutex<Windows>>,
    limits: WindowLimits,
    told: Told,
}

impl Throttle {
    /// Exchanges counts with other nodes until it is told to stop. `failed` hears of every time that it could not.
    pub(crate) async fn keep_in_step(
        self: Arc<Self>,
        counts: impl Counts,
        every: Duration,
        failed: impl Fn() + Send,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for time in 0_u32.. {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stopping| *stopping) => return,
                _ = ticks.tick() => {}
                () = self.urgent.notified() => {}
            }
            let forgotten = if time % TIMES == TIMES - 1 { counts.forget().await } else { Ok(()) };
            if let Err(error) = self.exchange(&counts).await.and(forgotten) {
                failed();
                warn!(%error, "other nodes do not hear what is asked of this one: each throttles by itself");
            }
            tokio::select! {
                _ = stop.wait_for(|stopping| *stopping) => return,
                () = tokio::time::sleep(LEAST_PAUSE) => {}
            }
        }
    }

    /// Tells the others what has to be told, and hears what they have.
    ///
    /// # Errors
    /// [`StoreError`]; it is told the next time then.
    pub(super) async fn exchange(&self, counts: &impl Counts) -> Result<(), StoreError> {
        let (telling, used) = self.telling();
        if used.is_empty() {
            return Ok(());
        }
        let heard = match counts.exchange(self.tenant.slot(), &used).await {
            Ok(heard) => heard,
            Err(error) => {
                for Telling { windows, told, .. } in telling {
                    locked(&windows).take_back(told);
                }
                return Err(error);
            }
        };
        let now = self.time(Instant::now());
        let mut of_each = vec![Vec::new(); telling.len()];
        for UsedElsewhere { index, age, requests, writes } in heard {
            if let Some(of_this) = of_each.get_mut(index) {
                of_this.push((age, Told { requests, writes }));
            }
        }
        for (Telling { windows, limits, .. }, told) in telling.iter().zip(of_each) {
            locked(windows).hear(*limits, now, &told);
        }
        Ok(())
    }

    fn telling(&self) -> (Vec<Telling>, Vec<Used>) {
        let now = self.time(Instant::now());
        let (mut telling, mut used) = (Vec::new(), Vec::new());
        for (Who { tenant, application, .. }, windows) in self.counted.iter() {
            let limits = if application.is_some() { self.application } else { self.tenant };
            let mut of_this = locked(&windows);
            if !of_this.matters(limits, now) {
                continue;
            }
            let (told, counter) = (of_this.tell(), of_this.counter());
            drop(of_this);
            used.push(Used { tenant, counter, requests: told.requests, writes: told.writes });
            telling.push(Telling { windows, limits, told });
        }
        (telling, used)
    }

    fn time(&self, now: Instant) -> u64 {
        nanos(now.saturating_duration_since(self.started))
    }
}

#[cfg(test)]
mod tests;
