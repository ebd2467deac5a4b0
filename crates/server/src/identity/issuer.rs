use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use gangway_domain::Timestamp;
use gangway_engine::{Clock, Random};
use jsonwebtoken::Algorithm;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::fetch::{FetchError, KeySource};
use super::issuer_name::IssuerName;
use super::keys::{Key, KeySet};
use super::stats::Counters;
use super::token::Unverified;
use super::{Reason, TokenError};

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_mins(1);

/// An issuer and the keys it has, as far as is known here.
pub(super) struct Issuer {
    /// As the configuration names it; for the log.
    pub(super) label: String,
    pub(super) name: IssuerName,
    pub(super) audiences: Vec<String>,
    source: KeySource,
    pace: Pace,
    ports: Ports,
    pub(super) keys: ArcSwapOption<KeySet>,
    /// Held by whoever fetches, so that there is one at a time; keeps when an unknown key last caused a fetch.
    fetching: Arc<Mutex<Option<Timestamp>>>,
}

/// Who is trusted, before anything is known of its keys.
pub(super) struct Trusted {
    pub(super) label: String,
    pub(super) name: IssuerName,
    pub(super) audiences: Vec<String>,
    pub(super) source: KeySource,
}

/// What an issuer needs from outside.
#[derive(Clone)]
pub(super) struct Ports {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) counters: Arc<Counters>,
}

/// When keys are fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) refresh: Duration,
    pub(super) after_unknown_key: Duration,
}

impl Issuer {
    pub(super) fn new(trusted: Trusted, pace: Pace, ports: Ports) -> Arc<Self> {
        let Trusted { label, name, audiences, source } = trusted;
        let (keys, fetching) = (ArcSwapOption::empty(), Arc::default());
        Arc::new(Self { label, name, audiences, source, pace, ports, keys, fetching })
    }

    /// The key a token has to be signed with. One that is not known may be new: then the keys are fetched, unless
    /// they just were.
    pub(super) async fn key_for(self: &Arc<Self>, token: &Unverified<'_>) -> Result<Arc<Key>, TokenError> {
        let seen = self.keys.load_full();
        let (algorithm, kid) = (token.algorithm, token.kid.as_deref());
        let key = if let Some(key) = find(seen.as_deref(), algorithm, kid) {
            key
        } else {
            self.fetch_on_demand(seen.as_ref()).await;
            let keys = self.keys.load_full().ok_or(TokenError::IssuerUnavailable)?;
            find(Some(&keys), algorithm, kid).ok_or(TokenError::Invalid(Reason::Key))?
        };
        let (iss, tid) = (token.claims.iss.as_deref().unwrap_or_default(), token.claims.tid.as_deref());
        let allowed = self.name.allows_key_of(key.issuer(), iss, tid);
        if allowed { Ok(key) } else { Err(TokenError::Invalid(Reason::Key)) }
    }

    /// Fetches the keys because a token needs one that was not among those seen.
    async fn fetch_on_demand(self: &Arc<Self>, seen: Option<&Arc<KeySet>>) {
        let mut last = Arc::clone(&self.fetching).lock_owned().await;
        let changed = self.keys.load().as_ref().map(Arc::as_ptr) != seen.map(Arc::as_ptr);
        let now = self.ports.clock.now();
        if changed || !self.may_fetch(*last, now) {
            return;
        }
        *last = Some(now);
        let issuer = Arc::clone(self);
        // In a task of its own: a client that hangs up must not be able to stop the one fetch the pace allows.
        let fetch = tokio::spawn(async move { issuer.fetch(&last).await });
        if fetch.await.is_err() {
            tracing::error!(issuer = self.label, "the fetch of the issuer's keys was aborted");
        }
    }

    /// A clock that was set back must not hold fetches up until it is where it was.
    fn may_fetch(&self, last: Option<Timestamp>, now: Timestamp) -> bool {
        last.is_none_or(|last| now < last || now >= last.plus(self.pace.after_unknown_key))
    }

    /// Fetches the keys for as long as it is polled: often while there are none, then at the refresh pace.
    pub(super) async fn keep_fresh(self: Arc<Self>) {
        let mut failures = 0;
        loop {
            let turn = Arc::clone(&self.fetching).lock_owned().await;
            failures = if self.fetch(&turn).await { 0 } else { failures + 1 };
            drop(turn);
            let pause = if failures == 0 { self.pace.refresh } else { self.retry_after(failures) };
            tokio::time::sleep(self.jittered(pause)).await;
        }
    }

    fn retry_after(&self, failures: u32) -> Duration {
        let pause = FIRST_RETRY.saturating_mul(2_u32.saturating_pow(failures - 1));
        pause.min(LAST_RETRY).min(self.pace.refresh)
    }

    /// 90 to 110 % of it, so that many nodes do not ask at the same moment.
    fn jittered(&self, pause: Duration) -> Duration {
        let mut byte = [0];
        self.ports.random.fill(&mut byte);
        pause.mul_f64(0.9 + 0.2 * f64::from(byte[0]) / 255.0)
    }

    /// Fetches the keys and puts them in place; whether it could. Needs the turn, because two fetches at once
    /// could put the older answer in place last.
    async fn fetch(&self, _turn: &OwnedMutexGuard<Option<Timestamp>>) -> bool {
        self.ports.counters.fetch();
        match self.source.keys().await {
            Ok(keys) => {
                self.install(keys);
                true
            }
            Err(error) => {
                self.ports.counters.failed_fetch();
                self.log_failure(&error);
                false
            }
        }
    }

    fn install(&self, keys: KeySet) {
        let older = self.keys.load_full().unwrap_or_default();
        let keys = Arc::new(keys.keeping_known(&older));
        if keys.len() == 0 {
            tracing::warn!(issuer = self.label, "the issuer has no usable key");
        }
        tracing::debug!(issuer = self.label, keys = keys.len(), "fetched the issuer's keys");
        self.keys.store(Some(Arc::clone(&keys)));
        older.retire_for(&keys);
    }

    fn log_failure(&self, error: &FetchError) {
        let mut why = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            why = format!("{why}: {error}");
            source = error.source();
        }
        let old_keys = self.keys.load().is_some();
        tracing::warn!(issuer = self.label, old_keys, why, "could not fetch the issuer's keys");
    }
}

fn find(keys: Option<&KeySet>, algorithm: Algorithm, kid: Option<&str>) -> Option<Arc<Key>> {
    keys.and_then(|keys| keys.find(algorithm, kid))
}
