//! Where nodes share what they have counted for the throttle: in their store.

use std::sync::Arc;
use std::time::Duration;

use gangway_engine::StoreError;
use gangway_store::{Used, UsedElsewhere};

use crate::Engine;
use crate::throttle::{Counts, KEPT_SLOTS};

/// The counts in the store of this engine.
pub(in crate::app) struct StoredCounts(pub(in crate::app) Arc<Engine>);

impl Counts for StoredCounts {
    async fn sync(&self, slot: Duration, used: &[Used]) -> Result<Vec<UsedElsewhere>, StoreError> {
        self.0.store().share_counts(self.0.node(), slot, KEPT_SLOTS as u64, used).await
    }

    async fn forget(&self) -> Result<(), StoreError> {
        self.0.store().forget_counts().await
    }
}
