//! The database, where there is one beside the server.

use gangway_store::DatabaseStatistics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::values::{gauged, raise};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabel {
    pool: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    pool: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RetryLabel {
    reason: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct DatabaseMetrics {
    connections: Family<StateLabel, Gauge>,
    waiting: Family<PoolLabel, Gauge>,
    timeouts: Family<PoolLabel, Counter>,
    retries: Family<RetryLabel, Counter>,
    unknown_commits: Counter,
}

impl DatabaseMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let new = Self::default();
        registry.register(
            "database_connections",
            "Connections to the database, by whether they are in use",
            new.connections.clone(),
        );
        registry.register(
            "database_connection_waiters",
            "Requests that wait for a connection to the database",
            new.waiting.clone(),
        );
        registry.register(
            "database_connection_timeouts",
            "Times that waiting for a connection to the database timed out",
            new.timeouts.clone(),
        );
        registry.register("database_retries", "Statements that were retried", new.retries.clone());
        registry.register(
            "database_unknown_commits",
            "Commits that may or may not have been made",
            new.unknown_commits.clone(),
        );
        new
    }

    pub(super) fn set(&self, counted: &DatabaseStatistics) {
        for pool in &counted.pools {
            for (state, count) in [("in_use", pool.in_use), ("idle", pool.idle)] {
                self.connections.get_or_create(&StateLabel { pool: pool.name, state }).set(gauged(count));
            }
            let label = PoolLabel { pool: pool.name };
            self.waiting.get_or_create(&label).set(gauged(pool.waiting));
            raise(&self.timeouts.get_or_create(&label), pool.waited_in_vain);
        }
        for (reason, count) in &counted.retries {
            raise(&self.retries.get_or_create(&RetryLabel { reason: reason.as_str() }), *count);
        }
        raise(&self.unknown_commits, counted.unknown_commits);
    }
}
