//! Releases of cut connections.

use gangway_domain::{Release, ReleaseState, Timestamp};
use gangway_engine::PendingReleases;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::values::gauged;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct ReleaseMetrics {
    tries: Family<OutcomeLabel, Counter>,
    ended: Family<OutcomeLabel, Counter>,
    tokens_missing: Family<ReasonLabel, Counter>,
    pending: Gauge,
    oldest_pending_age: Gauge,
}

impl ReleaseMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let new = Self::default();
        registry.register("release_tries", "Tries to release a cut connection", new.tries.clone());
        registry.register("releases_ended", "Releases that ended", new.ended.clone());
        registry.register(
            "tokens_missing",
            "Times that a release ended with tokens that nobody has, by why they are missing",
            new.tokens_missing.clone(),
        );
        registry.register("releases_pending", "Releases whose grant may still live", new.pending.clone());
        registry.register(
            "oldest_pending_release_age_seconds",
            "Age of the oldest pending release; 0 if there is none",
            new.oldest_pending_age.clone(),
        );
        new
    }

    pub(super) fn tried(&self, after: Option<&Release>) {
        let outcome = after.map_or("failed", |release| release.state.as_str());
        self.tries.get_or_create(&OutcomeLabel { outcome }).inc();
        if let Some(release) = after {
            self.ended(release);
        }
    }

    pub(super) fn ended(&self, release: &Release) {
        if !release.is_pending() {
            self.ended.get_or_create(&OutcomeLabel { outcome: release.state.as_str() }).inc();
        }
        if let ReleaseState::Unaccounted(_, missing) = &release.state {
            for missing in missing {
                self.tokens_missing.get_or_create(&ReasonLabel { reason: missing.what.as_str() }).inc();
            }
        }
    }

    pub(super) fn set_pending(&self, pending: PendingReleases, now: Timestamp) {
        self.pending.set(gauged(pending.count));
        let age = pending.oldest.map_or(0, |oldest| now.unix_seconds() - oldest.unix_seconds());
        self.oldest_pending_age.set(age.max(0));
    }
}
