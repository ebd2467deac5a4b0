use super::PostgresStore;
use crate::postgres::client::counts::Counts;
use crate::statistics::{DatabaseStatistics, RetryReason};

impl PostgresStore {
    /// What was counted since it was opened.
    #[must_use]
    pub fn statistics(&self) -> DatabaseStatistics {
        let pools = [("points", &self.points), ("lists", &self.lists), ("queries", &self.queries)];
        let all = |count: &dyn Fn(&Counts) -> u64| pools.iter().map(|(_, pool)| count(pool.counts())).sum();
        DatabaseStatistics {
            retries: RetryReason::ALL.map(|reason| (reason, all(&|counts| counts.retries(reason)))).into(),
            unknown_commits: all(&Counts::unknown_commits),
            pools: pools.iter().map(|(name, pool)| pool.statistics(name)).collect(),
        }
    }
}
