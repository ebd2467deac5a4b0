//! What the server counts, for Prometheus.

mod database;

use std::fmt;
use std::time::Duration;

use gangway_domain::{Release, ReleaseState, Timestamp};
use gangway_engine::PendingReleases;
use gangway_graph::{Operation, ThrottleFamily};
use gangway_store::DatabaseStatistics;
use http::StatusCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::identity::Stats;
use crate::throttle::{Limit, Throttled};
use database::DatabaseMetrics;

/// What a request is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Label {
    /// One of Graph's operations, by itself or in a batch.
    Operation(Operation),
    /// Many of them in one.
    Batch,
    /// What describes the service.
    Description,
    /// Failed before it was known whose it is.
    Unauthenticated,
    /// Aimed at nothing we serve, or over its deadline.
    Unrouted,
    /// A page of ours.
    OwnPage,
}

impl Label {
    const fn name(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.row().name,
            Self::Batch => "batch",
            Self::Description => "description",
            Self::Unauthenticated => "unauthenticated",
            Self::Unrouted => "unrouted",
            Self::OwnPage => "page",
        }
    }
}

impl EncodeLabelValue for Label {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), fmt::Error> {
        self.name().encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    operation: Label,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: Label,
}

/// Every number the server keeps.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<OperationLabel, Histogram, fn() -> Histogram>,
    throttled: Family<ThrottledLabel, Counter>,
    token_checks: Family<TokenLabel, Counter>,
    release_tries: Family<OutcomeLabel, Counter>,
    releases_ended: Family<OutcomeLabel, Counter>,
    tokens_missing: Family<MissingLabel, Counter>,
    releases_pending: Gauge,
    oldest_release_seconds: Gauge,
    throttle_exchanges_failed: Counter,
    leases_held: Gauge,
    machine_ahead: Gauge,
    database: Option<DatabaseMetrics>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MissingLabel {
    what: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ThrottledLabel {
    resources: &'static str,
    limit: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabel {
    result: &'static str,
}

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.5, 2.5];

impl Metrics {
    /// With those of a database beside the server, if there is one.
    pub(crate) fn new(has_database: bool) -> Self {
        let mut registry = Registry::with_prefix("gangway");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let seconds: Family<_, _, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's head to its answer",
            seconds.clone(),
        );
        let throttled = throttled();
        registry.register("throttled_requests", "Requests answered 429", throttled.clone());
        let token_checks = Family::default();
        registry.register(
            "token_checks",
            "Access tokens found in the cache, access tokens verified, and fetches of signing keys",
            token_checks.clone(),
        );
        let release_tries = Family::default();
        registry.register("release_tries", "Tries to release what was cut", release_tries.clone());
        let releases_ended = Family::default();
        registry.register("releases_ended", "Releases that came to an end", releases_ended.clone());
        let tokens_missing = Family::default();
        registry.register(
            "tokens_missing",
            "Times that a release ended with tokens that nobody has, by how they came to be missing",
            tokens_missing.clone(),
        );
        let releases_pending = Gauge::default();
        registry.register(
            "releases_pending",
            "Releases whose grant may still live",
            releases_pending.clone(),
        );
        let oldest_release_seconds = Gauge::default();
        registry.register(
            "oldest_pending_release_age_seconds",
            "How long the oldest pending release has been so; 0 if there is none",
            oldest_release_seconds.clone(),
        );
        let throttle_exchanges_failed = Counter::default();
        registry.register(
            "throttle_exchanges_failed",
            "Times that nodes could not tell each other what was asked of them",
            throttle_exchanges_failed.clone(),
        );
        let leases_held = Gauge::default();
        registry.register("leases_held", "Parts this node does the releases of", leases_held.clone());
        let machine_ahead = Gauge::default();
        registry.register(
            "machine_clock_ahead_seconds",
            "By how much this machine's clock is ahead of the database's",
            machine_ahead.clone(),
        );
        let database = has_database.then(|| DatabaseMetrics::register(&mut registry));
        Self {
            registry,
            requests,
            seconds,
            throttled,
            token_checks,
            release_tries,
            releases_ended,
            tokens_missing,
            releases_pending,
            oldest_release_seconds,
            throttle_exchanges_failed,
            leases_held,
            machine_ahead,
            database,
        }
    }

    /// Counts one try at a release: what it is after that, or that it came to nothing.
    pub(crate) fn release_tried(&self, after: Option<&Release>) {
        let outcome = after.map_or("failed", |release| release.state.as_str());
        self.release_tries.get_or_create(&OutcomeLabel { outcome }).inc();
        if let Some(release) = after {
            self.release_ended(release);
        }
    }

    /// Counts a release that is over.
    pub(crate) fn release_ended(&self, release: &Release) {
        if !release.is_pending() {
            self.releases_ended.get_or_create(&OutcomeLabel { outcome: release.state.as_str() }).inc();
        }
        if let ReleaseState::Unaccounted(_, missing) = &release.state {
            for missing in missing {
                self.tokens_missing.get_or_create(&MissingLabel { what: missing.what.as_str() }).inc();
            }
        }
    }

    /// Takes over how much there is to be released.
    pub(crate) fn releases_pending(&self, pending: PendingReleases, now: Timestamp) {
        self.releases_pending.set(i64::try_from(pending.count).unwrap_or(i64::MAX));
        let age = pending.oldest.map_or(0, |oldest| now.unix_seconds() - oldest.unix_seconds());
        self.oldest_release_seconds.set(age.max(0));
    }

    /// Counts one time that nodes could not tell each other what was asked of them.
    pub(crate) fn throttle_exchange_failed(&self) {
        self.throttle_exchanges_failed.inc();
    }

    /// Takes over for how many parts this node has the lease.
    pub(crate) fn leases_held(&self, parts: usize) {
        self.leases_held.set(i64::try_from(parts).unwrap_or(i64::MAX));
    }

    /// Takes over by how many seconds this machine's clock is ahead of the database's.
    pub(crate) fn machine_ahead(&self, seconds: i64) {
        self.machine_ahead.set(seconds);
    }

    /// Takes over what the store has counted of its database.
    pub(crate) fn database(&self, statistics: &DatabaseStatistics) {
        if let Some(database) = &self.database {
            database.is(statistics);
        }
    }

    /// Counts one request.
    pub(crate) fn request(&self, operation: Label, status: StatusCode, took: Duration) {
        self.requests.get_or_create(&Labels { operation, status: status.as_u16() }).inc();
        self.seconds.get_or_create(&OperationLabel { operation }).observe(took.as_secs_f64());
    }

    /// Counts one request that was one too many.
    pub(crate) fn throttled(&self, resources: ThrottleFamily, throttled: Throttled) {
        let label = ThrottledLabel { resources: resources.name(), limit: throttled.limit.name() };
        self.throttled.get_or_create(&label).inc();
    }

    /// Takes over what the identity module has counted.
    pub(crate) fn tokens(&self, stats: Stats) {
        for (result, count) in [
            ("cached", stats.cache_hits),
            ("verified", stats.signatures_checked),
            ("keys_fetched", stats.key_fetches),
        ] {
            let counter = self.token_checks.get_or_create(&TokenLabel { result });
            counter.inc_by(count.saturating_sub(counter.get()));
        }
    }

    /// All of it in the OpenMetrics text format.
    pub(crate) fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Shown from the start, at 0: a first one would not be seen to grow otherwise.
fn throttled() -> Family<ThrottledLabel, Counter> {
    let throttled = Family::default();
    for resources in ThrottleFamily::ALL {
        for limit in Limit::ALL {
            let label = ThrottledLabel { resources: resources.name(), limit: limit.name() };
            drop(throttled.get_or_create(&label));
        }
    }
    throttled
}

#[cfg(test)]
mod tests;
