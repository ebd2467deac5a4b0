//! What is shown of the database, where there is one beside the server.

use gangway_store::DatabaseStatistics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

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
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct DatabaseMetrics {
    connections: Family<StateLabel, Gauge>,
    waiting: Family<PoolLabel, Gauge>,
    waited_in_vain: Family<PoolLabel, Counter>,
    retries: Family<ReasonLabel, Counter>,
    unknown_commits: Counter,
}

impl DatabaseMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let all = Self::default();
        registry.register(
            "database_connections",
            "Connections to the database, by whether somebody has them",
            all.connections.clone(),
        );
        registry.register(
            "database_connection_waiters",
            "How many wait for a connection to the database",
            all.waiting.clone(),
        );
        registry.register(
            "database_connection_timeouts",
            "Times that somebody waited for a connection to the database in vain",
            all.waited_in_vain.clone(),
        );
        registry.register(
            "database_retries",
            "Times that something was asked of the database again",
            all.retries.clone(),
        );
        registry.register(
            "database_unknown_commits",
            "Commits after which nobody could tell whether they were made",
            all.unknown_commits.clone(),
        );
        all
    }

    /// Takes over what the store has counted.
    pub(super) fn is(&self, counted: &DatabaseStatistics) {
        for pool in &counted.pools {
            for (state, count) in [("in_use", pool.in_use), ("idle", pool.idle)] {
                self.connections.get_or_create(&StateLabel { pool: pool.name, state }).set(gauged(count));
            }
            let label = PoolLabel { pool: pool.name };
            self.waiting.get_or_create(&label).set(gauged(pool.waiting));
            raise(&self.waited_in_vain.get_or_create(&label), pool.waited_in_vain);
        }
        for (reason, count) in &counted.retries {
            raise(&self.retries.get_or_create(&ReasonLabel { reason: reason.as_str() }), *count);
        }
        raise(&self.unknown_commits, counted.unknown_commits);
    }
}

fn gauged(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// To what was counted elsewhere.
fn raise(counter: &Counter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}
