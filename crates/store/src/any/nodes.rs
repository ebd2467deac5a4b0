//! What processes that share a database tell each other through it. The embedded store is shared with nobody, and says so.

use std::time::Duration;

use gangway_domain::Timestamp;
use gangway_engine::{NodeId, Sealed, StoreError};

use super::AnyStore;
use crate::shared::{Node, SeenNode, Used, UsedElsewhere};

impl AnyStore {
    /// What time the database says it is; `None` if it has no clock but this machine's.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be asked.
    pub async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(store) => store.time().await.map(Some),
        }
    }

    /// Tells the other nodes that this one is there, and answers what time the database says it is.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    pub async fn show_node(&self, node: &Node) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(store) => store.show_node(node).await.map(Some),
        }
    }

    /// Gives the node's leases back, and takes it from the list.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written: leases lapse then.
    pub async fn remove_node(&self, id: NodeId) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(store) => store.remove_node(id).await,
        }
    }

    /// Forgets nodes that were not heard of for this long.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    pub async fn forget_nodes(&self, silent: Duration) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(store) => store.forget_nodes(silent).await,
        }
    }

    /// The nodes that serve, or did a moment ago, by name.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    pub async fn nodes(&self) -> Result<Vec<SeenNode>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Vec::new()),
            Self::Postgres(store) => store.nodes().await,
        }
    }

    /// The secret that all nodes have under this name, sealed.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    pub async fn shared_secret(&self, name: &str) -> Result<Option<Sealed>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(store) => store.shared_secret(name).await,
        }
    }

    /// Makes this the secret that all nodes have under this name, unless there is one.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    pub async fn make_shared_secret(&self, name: &str, sealed: &Sealed) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(store) => store.make_shared_secret(name, sealed).await,
        }
    }

    /// Puts a shared secret in the place of the same one sealed otherwise; `false` if that is not there any more.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    pub async fn reseal_shared_secret(
        &self,
        name: &str,
        old: &Sealed,
        sealed: &Sealed,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(false),
            Self::Postgres(store) => store.reseal_shared_secret(name, old, sealed).await,
        }
    }

    /// Tells how much was asked of this node, and answers how much was asked of the others for the same, in the slots of
    /// this length (at most an hour) that began within the last `slots`.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written or read.
    pub async fn share_counts(
        &self,
        node: NodeId,
        slot: Duration,
        slots: u64,
        used: &[Used],
    ) -> Result<Vec<UsedElsewhere>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Vec::new()),
            Self::Postgres(store) => store.share_counts(node, slot, slots, used).await,
        }
    }

    /// Forgets what was counted so long ago that it is in nobody's window.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    pub async fn forget_counts(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(store) => store.forget_counts().await,
        }
    }
}
