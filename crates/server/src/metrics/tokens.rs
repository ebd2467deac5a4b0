//! Access tokens, and the keys they are verified with.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::values::raise;
use crate::identity::Stats;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct TokenMetrics {
    checks: Family<ResultLabel, Counter>,
    key_fetches: Counter,
}

impl TokenMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let new = Self::default();
        registry.register(
            "token_checks",
            "Access tokens found in the cache, and access tokens verified",
            new.checks.clone(),
        );
        registry.register(
            "issuer_key_fetches",
            "Times that an issuer's keys were fetched",
            new.key_fetches.clone(),
        );
        new
    }

    pub(super) fn set(&self, stats: Stats) {
        for (result, count) in [("cached", stats.cache_hits), ("verified", stats.signatures_checked)] {
            raise(&self.checks.get_or_create(&ResultLabel { result }), count);
        }
        raise(&self.key_fetches, stats.key_fetches);
    }
}
