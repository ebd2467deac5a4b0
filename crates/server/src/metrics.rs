//! What the server counts, for Prometheus. Names follow its conventions: a unit at the end, and `_total` for what only rises,
//! which the encoder adds.

mod database;
mod nodes;
mod releases;
mod requests;
mod tokens;
mod values;

use std::fmt;
use std::time::Duration;

use gangway_domain::{Release, Timestamp};
use gangway_engine::PendingReleases;
use gangway_graph::ThrottleFamily;
use gangway_store::DatabaseStatistics;
use http::StatusCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::identity::Stats;
use crate::throttle::Throttled;
use database::DatabaseMetrics;
use nodes::NodeMetrics;
use releases::ReleaseMetrics;
use requests::RequestMetrics;
use tokens::TokenMetrics;
use values::gauged;

pub(crate) use requests::Label;

/// Every number the server keeps.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: RequestMetrics,
    tokens: TokenMetrics,
    releases: ReleaseMetrics,
    node: NodeMetrics,
    database: Option<DatabaseMetrics>,
}

impl Metrics {
    /// With those of a database beside the server, if there is one.
    pub(crate) fn new(has_database: bool) -> Self {
        let mut registry = Registry::with_prefix("gangway");
        Self {
            requests: RequestMetrics::register(&mut registry),
            tokens: TokenMetrics::register(&mut registry),
            releases: ReleaseMetrics::register(&mut registry),
            node: NodeMetrics::register(&mut registry),
            database: has_database.then(|| DatabaseMetrics::register(&mut registry)),
            registry,
        }
    }

    /// Counts one request that was answered.
    pub(crate) fn request(&self, operation: Label, status: StatusCode, took: Duration) {
        self.requests.answered(operation, status, took);
    }

    /// Counts one request that was one too many.
    pub(crate) fn throttled(&self, resources: ThrottleFamily, throttled: Throttled) {
        self.requests.throttled(resources, throttled);
    }

    /// Takes over what the identity module has counted.
    pub(crate) fn tokens(&self, stats: Stats) {
        self.tokens.set(stats);
    }

    /// Counts one try at a release: the release after it, or `None` if the try failed.
    pub(crate) fn release_tried(&self, after: Option<&Release>) {
        self.releases.tried(after);
    }

    /// Counts a release that ended.
    pub(crate) fn release_ended(&self, release: &Release) {
        self.releases.ended(release);
    }

    /// Takes over how many releases are pending.
    pub(crate) fn releases_pending(&self, pending: PendingReleases, now: Timestamp) {
        self.releases.set_pending(pending, now);
    }

    /// Takes over for how many parts this node has the lease.
    pub(crate) fn leases_held(&self, parts: usize) {
        self.node.leases_held.set(gauged(parts));
    }

    /// Takes over by how many seconds this machine's clock is ahead of the database's.
    pub(crate) fn clock_offset(&self, seconds: i64) {
        self.node.clock_offset.set(seconds);
    }

    /// Counts one time that this node could not sync its throttle counts.
    pub(crate) fn throttle_sync_failed(&self) {
        self.node.throttle_sync_failures.inc();
    }

    /// Takes over what the store has counted of its database.
    pub(crate) fn database(&self, statistics: &DatabaseStatistics) {
        if let Some(database) = &self.database {
            database.set(statistics);
        }
    }

    /// All of it in the OpenMetrics text format.
    pub(crate) fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
