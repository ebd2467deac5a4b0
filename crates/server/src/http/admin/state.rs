//! What the admin routes look at.

use std::sync::Arc;

use gangway_engine::Store as _;
use http::HeaderMap;

use super::access::{Asker, OperatorToken};
use super::error::AdminError;
use crate::Engine;
use crate::connector::SimulatedPartner;
use crate::http::code_redemptions::CodeRedemptions;
use crate::identity::Identity;
use crate::metrics::Metrics;
use crate::receipt::Signer;
use crate::vault::KeyRing;

/// What the admin routes look at.
#[derive(Clone)]
pub(crate) struct AdminState {
    pub(crate) engine: Arc<Engine>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) operator: Arc<OperatorToken>,
    pub(crate) vault: Arc<KeyRing>,
    pub(crate) signer: Arc<Signer>,
    pub(crate) simulated: Arc<SimulatedPartner>,
    /// The codes that are being redeemed.
    pub(crate) code_redemptions: Arc<CodeRedemptions>,
    /// Whether the server is stopping.
    pub(crate) stop: tokio::sync::watch::Receiver<bool>,
    /// Keys are rotated by one at a time.
    pub(crate) rotation: Arc<tokio::sync::Mutex<()>>,
}

impl AdminState {
    /// Who asks.
    ///
    /// # Errors
    /// [`AdminError`] if nobody is who may ask anything here.
    pub(super) async fn asker(&self, headers: &HeaderMap) -> Result<Asker, AdminError> {
        Asker::from_headers(headers, &self.operator, &self.identity).await
    }

    /// How much there is to be released, for the metrics.
    pub(super) async fn count_releases(&self) {
        match self.engine.store().pending_releases().await {
            Ok(pending) => self.metrics.releases_pending(pending, self.engine.now()),
            Err(error) => tracing::warn!(%error, "releases are not counted"),
        }
    }
}
