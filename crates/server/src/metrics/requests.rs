//! Requests: how many, how long they took, and how many were throttled.

use std::fmt;
use std::time::Duration;

use gangway_graph::{Operation, ThrottleFamily};
use http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::throttle::{Limit, Throttled};

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
struct RequestLabels {
    operation: Label,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: Label,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ThrottledLabels {
    resources: &'static str,
    limit: &'static str,
}

impl ThrottledLabels {
    const fn new(resources: ThrottleFamily, limit: Limit) -> Self {
        Self { resources: resources.name(), limit: limit.name() }
    }
}

/// Upper bounds of the duration buckets, in seconds.
const BUCKETS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.5, 2.5];

#[derive(Debug)]
pub(super) struct RequestMetrics {
    answered: Family<RequestLabels, Counter>,
    durations: Family<OperationLabel, Histogram, fn() -> Histogram>,
    throttled: Family<ThrottledLabels, Counter>,
}

impl RequestMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let new = Self {
            answered: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            throttled: throttled_from_zero(),
        };
        registry.register("http_requests", "Requests answered", new.answered.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's head to its answer",
            new.durations.clone(),
        );
        registry.register("throttled_requests", "Requests answered with 429", new.throttled.clone());
        new
    }

    pub(super) fn answered(&self, operation: Label, status: StatusCode, took: Duration) {
        self.answered.get_or_create(&RequestLabels { operation, status: status.as_u16() }).inc();
        self.durations.get_or_create(&OperationLabel { operation }).observe(took.as_secs_f64());
    }

    pub(super) fn throttled(&self, resources: ThrottleFamily, throttled: Throttled) {
        self.throttled.get_or_create(&ThrottledLabels::new(resources, throttled.limit)).inc();
    }
}

/// Every series from the start, at 0: Prometheus would not see a series rise that begins at 1.
fn throttled_from_zero() -> Family<ThrottledLabels, Counter> {
    let throttled = Family::default();
    for resources in ThrottleFamily::ALL {
        for limit in Limit::ALL {
            drop(throttled.get_or_create(&ThrottledLabels::new(resources, limit)));
        }
    }
    throttled
}
