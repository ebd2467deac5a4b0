//! What serves clients, as far as all routes need it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use gangway_domain::Caller;
use gangway_engine::Random;
use gangway_graph::{Operation, Profile};
use gangway_odata::token::PagingKey;

use super::code_redemptions::CodeRedemptions;
use super::context::{Context, PublicAddress};
use super::error::ApiError;
use crate::Engine;
use crate::identity::{DevIssuer, Identity};
use crate::metrics::Metrics;
use crate::throttle::{Throttle, Usage};

/// What clients reach: Graph's routes, and the few pages of ours.
pub(crate) struct Public {
    pub(crate) engine: Arc<Engine>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) address: PublicAddress,
    pub(crate) options: PublicOptions,
    pub(crate) dev_issuer: Option<Arc<DevIssuer>>,
    /// Refuses what is too much, unless that is switched off.
    pub(crate) throttle: Option<Arc<Throttle>>,
    /// What page tokens are signed with.
    pub(crate) paging: Arc<PagingKey>,
    /// The codes that are being redeemed.
    pub(crate) code_redemptions: Arc<CodeRedemptions>,
    /// The public keys that receipts are checked with, as a JSON Web Key Set.
    pub(crate) receipt_keys: Bytes,
}

/// What the operator decides about requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicOptions {
    /// Which permission table holds.
    pub(crate) permissions: Profile,
    /// How long a request may take in all.
    pub(crate) deadline: Duration,
    /// How long its body may take to arrive.
    pub(crate) body_timeout: Duration,
    /// How long an attempt to onboard may take.
    pub(crate) attempt_timeout: Duration,
}

impl Public {
    /// What goes with a request, whether or not it is one that can be answered.
    pub(super) fn context(&self, peer: Option<IpAddr>, headers: &http::HeaderMap) -> Context {
        let base = self.address.seen_by(peer, headers);
        Context::new(headers, &*self.random, self.engine.now(), base)
    }

    /// Counts a request that its caller may make, unless it is one too many.
    ///
    /// # Errors
    /// [`ApiError::Throttled`]
    pub(super) fn admit(&self, caller: &Caller, operation: Operation) -> Result<(), ApiError> {
        let Some(throttle) = &self.throttle else { return Ok(()) };
        let usage = Usage::by(caller, operation);
        throttle.admit(usage, Instant::now()).map_err(|throttled| {
            self.metrics.throttled(usage.family, throttled);
            ApiError::Throttled(throttled)
        })
    }
}
