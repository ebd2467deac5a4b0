//! What nodes know of each other where there are several databases. The first of these has what belongs to no part; every one
//! knows the nodes, since its leases are shared out among them.

use std::time::Duration;

use futures_util::FutureExt as _;
use gangway_domain::Timestamp;
use gangway_engine::{NodeId, StoreError};

use super::ShardedStore;
use super::shard::Shard;
use crate::exchange::placements::State;
use crate::{Node, PostgresStore, SeenNode};

impl ShardedStore {
    /// The database that has what belongs to no part.
    pub(crate) fn first(&self) -> Result<&PostgresStore, StoreError> {
        self.shards
            .first()
            .map(Shard::store)
            .ok_or_else(|| StoreError::Unavailable("there is no database".into()))
    }

    /// Tells every database, and answers what time one of them says it is.
    pub(crate) async fn show_node(&self, node: &Node) -> Result<Timestamp, StoreError> {
        let times = self.wherever(|store| store.show_node(node).boxed()).await?;
        times.first().copied().ok_or_else(|| StoreError::Unavailable("there is no database".into()))
    }

    pub(crate) async fn remove_node(&self, id: NodeId) -> Result<(), StoreError> {
        self.wherever(|store| store.remove_node(id).boxed()).await.map(drop)
    }

    pub(crate) async fn forget_nodes(&self, silent: Duration) -> Result<(), StoreError> {
        self.wherever(|store| store.forget_nodes(silent).boxed()).await.map(drop)
    }

    /// The nodes, and how many parts each acts for.
    pub(crate) async fn nodes(&self) -> Result<Vec<SeenNode>, StoreError> {
        let mut nodes = self.first()?.nodes().await?;
        for seen in &mut nodes {
            let id = seen.node.id;
            let held = self.wherever(|store| held(store, id).boxed()).await?;
            seen.parts = held.into_iter().sum();
        }
        Ok(nodes)
    }
}

/// For how many of a database's own parts a node acts.
async fn held(store: &PostgresStore, node: NodeId) -> Result<usize, StoreError> {
    held_at(store, node, store.time().await?).await
}

/// The same at this time.
pub(super) async fn held_at(
    store: &PostgresStore,
    node: NodeId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let (leased, placed) = (store.leased(node, now).await?, store.placements().await?);
    let here = |part: &&u8| placed.get(usize::from(**part)).copied().flatten().is_some_and(State::is_served);
    Ok(leased.iter().filter(here).count())
}
