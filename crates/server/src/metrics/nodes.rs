//! This server among those that share a database.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Debug, Default)]
pub(super) struct NodeMetrics {
    pub(super) leases_held: Gauge,
    pub(super) clock_offset: Gauge,
    pub(super) throttle_sync_failures: Counter,
}

impl NodeMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let new = Self::default();
        registry.register("leases_held", "Parts whose releases this node does", new.leases_held.clone());
        registry.register(
            "clock_offset_seconds",
            "How far this machine's clock is ahead of the database's",
            new.clock_offset.clone(),
        );
        registry.register(
            "throttle_sync_failures",
            "Times that this node could not sync its throttle counts with the other nodes",
            new.throttle_sync_failures.clone(),
        );
        new
    }
}
