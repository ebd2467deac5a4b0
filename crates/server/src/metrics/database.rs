//! What is shown of the databases; nothing where the store is embedded.

use gangway_store::DatabaseStatistics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Databases are told by their place in the configuration, from 0, as in messages about them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DatabaseLabel {
    database: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabel {
    database: u64,
    pool: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    database: u64,
    pool: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    database: u64,
    reason: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct DatabaseMetrics {
    connections: Family<StateLabel, Gauge>,
    waiting: Family<PoolLabel, Gauge>,
    waited_in_vain: Family<PoolLabel, Counter>,
    retries: Family<ReasonLabel, Counter>,
    unknown_commits: Family<DatabaseLabel, Counter>,
    reachable: Family<DatabaseLabel, Gauge>,
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
        registry.register(
            "database_reachable",
            "Whether one of several databases can be reached, and its parts are served",
            all.reachable.clone(),
        );
        all
    }

    /// Takes over what the store has counted.
    pub(super) fn are(&self, statistics: &[DatabaseStatistics]) {
        for (database, counted) in (0..).zip(statistics) {
            for pool in &counted.pools {
                for (state, count) in [("in_use", pool.in_use), ("idle", pool.idle)] {
                    let label = StateLabel { database, pool: pool.name, state };
                    self.connections.get_or_create(&label).set(gauged(count));
                }
                let label = PoolLabel { database, pool: pool.name };
                self.waiting.get_or_create(&label).set(gauged(pool.waiting));
                raise(&self.waited_in_vain.get_or_create(&label), pool.waited_in_vain);
            }
            for (reason, count) in &counted.retries {
                let label = ReasonLabel { database, reason: reason.as_str() };
                raise(&self.retries.get_or_create(&label), *count);
            }
            raise(&self.unknown_commits.get_or_create(&DatabaseLabel { database }), counted.unknown_commits);
        }
    }

    /// Takes over which of several are there.
    pub(super) fn can_be_reached(&self, all: &[bool]) {
        for (database, is) in (0..).zip(all) {
            self.reachable.get_or_create(&DatabaseLabel { database }).set(i64::from(*is));
        }
    }
}

fn gauged(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// To what was counted elsewhere.
fn raise(counter: &Counter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}
