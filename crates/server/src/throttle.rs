//! How much a tenant, and each application in it, may ask for in a while.
//!
//! Source: Microsoft Graph throttling limits, Intune remote assistance and Intune auditing. Requests are counted over a
//! window that slides, so that no stretch of its length has more in it than the limit. A bucket that refills (GCRA, as the
//! `governor` crate has it) would let twice that through; and since each of its limits counts for itself, a request that
//! one of them refuses would count against another.

mod sync;
mod usage;
mod window;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gangway_domain::TenantId;
use gangway_graph::ThrottleFamily;
use quick_cache::sync::Cache;
use serde::Deserialize;
use tokio::sync::Notify;

pub(crate) use sync::Counts;
pub(crate) use usage::{Limit, Throttled, Usage};
pub(crate) use window::KEPT_SLOTS;
use window::{WindowLimits, Windows};

/// How many tenants, and applications in tenants, are counted at a time; a few hundred bytes each. Those that ask least
/// are evicted first, and start from zero.
const MOST_COUNTED: usize = 16 * 1024;

/// What the operator decides about it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThrottleSettings {
    pub(crate) enabled: bool,
    pub(crate) window_seconds: u64,
    pub(crate) sync_interval_milliseconds: u64,
    pub(crate) tenant_writes: u32,
    pub(crate) tenant_requests: u32,
    pub(crate) application_writes: u32,
    pub(crate) application_requests: u32,
}

impl ThrottleSettings {
    /// How often nodes share what they have counted.
    pub(crate) const fn sync_interval(&self) -> Duration {
        Duration::from_millis(self.sync_interval_milliseconds)
    }
}

/// Counts requests, and refuses those that are too many.
#[derive(Debug)]
pub(crate) struct Throttle {
    started: Instant,
    tenant: WindowLimits,
    application: WindowLimits,
    /// What the names of applications are hashed with: they may be long.
    names: RandomState,
    counted: Cache<Who, Arc<Mutex<Windows>>>,
    /// Something has to be reported to other nodes at once.
    urgent: Notify,
}

/// Whose requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Who {
    family: ThrottleFamily,
    tenant: TenantId,
    application: Option<u64>,
}

impl Throttle {
    /// Throttles as the settings say; `None` if they say not to.
    pub(crate) fn new(settings: &ThrottleSettings, now: Instant) -> Option<Self> {
        let limits = |requests, writes| WindowLimits::new(requests, writes, settings.window_seconds);
        settings.enabled.then(|| Self {
            started: now,
            tenant: limits(settings.tenant_requests, settings.tenant_writes),
            application: limits(settings.application_requests, settings.application_writes),
            names: RandomState::new(),
            counted: Cache::new(MOST_COUNTED),
            urgent: Notify::new(),
        })
    }

    /// Takes a request and counts it, or refuses it. One that is refused counts against nothing, however often it is
    /// tried.
    ///
    /// # Errors
    /// [`Throttled`]
    pub(crate) fn admit(&self, usage: Usage<'_>, now: Instant) -> Result<(), Throttled> {
        let now = window::nanos(now.saturating_duration_since(self.started));
        let tenant = self.windows(usage, None);
        let application = usage.application.map(|name| self.windows(usage, Some(name)));
        // Always in this order, so that no two wait for each other.
        let mut tenant = locked(&tenant);
        let mut application = application.as_deref().map(locked);
        let waits = [
            tenant.wait(self.tenant, usage.write, now).map(|(wait, write)| (wait, Limit::for_tenant(write))),
            application
                .as_mut()
                .and_then(|windows| windows.wait(self.application, usage.write, now))
                .map(|(wait, write)| (wait, Limit::for_application(write))),
        ];
        if let Some((wait, limit)) = waits.into_iter().flatten().max_by_key(|(wait, _)| *wait) {
            return Err(Throttled { retry_after: wait.div_ceil(window::SECOND).max(1), limit });
        }
        tenant.count(usage.write);
        let mut urgent = tenant.is_urgent(self.tenant);
        if let Some(windows) = &mut application {
            windows.count(usage.write);
            urgent |= windows.is_urgent(self.application);
        }
        if urgent {
            self.urgent.notify_one();
        }
        Ok(())
    }

    fn windows(&self, usage: Usage<'_>, application: Option<&str>) -> Arc<Mutex<Windows>> {
        let hash = application.map(|name| self.names.hash_one(name));
        let who = Who { family: usage.family, tenant: usage.tenant, application: hash };
        let new = || {
            let counter = usage::counter(usage.family, application, self.tenant.slot());
            Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(Windows::known_by(counter))))
        };
        let Ok(windows) = self.counted.get_or_insert_with(&who, new);
        windows
    }
}

/// Whoever panicked while they held it left only numbers behind.
fn locked(windows: &Mutex<Windows>) -> MutexGuard<'_, Windows> {
    windows.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
