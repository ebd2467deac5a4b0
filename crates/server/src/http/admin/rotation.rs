//! Another key to seal with. Where nodes share a store it takes two steps: a key seals only once every node has it, since what
//! it seals has to be opened by all of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gangway_domain::Timestamp;
use gangway_engine::{LEASE_DURATION, Store as _};
use gangway_store::{Node, SeenNode};
use tokio::time::Instant;

use super::error::AdminError;
use super::state::AdminState;
use crate::vault::{KeyError, KeyId, KeyRing};

/// How long nodes that share the file may take to read it anew and to tell so.
const TOLD_WITHIN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);

/// What came of it.
pub(super) struct Changed {
    /// The key that seals now.
    pub(super) key: KeyId,
    /// What nodes are called that still seal with another.
    pub(super) behind: Vec<String>,
    /// With which keys.
    pub(super) still_seal: BTreeSet<KeyId>,
}

/// Has a new key seal from now on.
///
/// # Errors
/// [`AdminError::Keys`] that says why not, and names the nodes that lack it.
pub(super) async fn change(state: &AdminState, now: Timestamp) -> Result<Changed, AdminError> {
    if !state.engine.store().is_shared() {
        let key = on_disk(state, move |vault| vault.with_new_key(now)).await?;
        return Ok(Changed { key, behind: Vec::new(), still_seal: BTreeSet::new() });
    }
    let key = on_disk(state, move |vault| vault.with_next_key(now)).await?;
    let name = key.to_string();
    let lacking = waited_for(state, |node| node.keys.contains(&name)).await?;
    if !lacking.is_empty() {
        return Err(AdminError::Keys(format!(
            "key {key} is in this node's key file, but seals nothing yet, because these nodes do not have it: {}. Give \
             them the file as it is now, and rotate again",
            names(&lacking).join(", ")
        )));
    }
    on_disk(state, move |vault| vault.seal_with(key, now)).await?;
    let behind = waited_for(state, |node| node.keys.first() == Some(&name)).await?;
    let still_seal = behind.iter().filter_map(|node| node.keys.first()?.parse().ok()).collect();
    Ok(Changed { key, behind: names(&behind), still_seal })
}

/// The nodes that serve and are not so, once all are or it has taken too long.
async fn waited_for(state: &AdminState, is_so: impl Fn(&Node) -> bool) -> Result<Vec<Node>, AdminError> {
    let begun = Instant::now();
    loop {
        let nodes =
            state.engine.store().nodes().await.map_err(|error| AdminError::Keys(error.to_string()))?;
        let serves = |seen: &SeenNode| seen.silent < LEASE_DURATION;
        let not: Vec<Node> =
            nodes.into_iter().filter(serves).map(|seen| seen.node).filter(|node| !is_so(node)).collect();
        if not.is_empty() || begun.elapsed() > TOLD_WITHIN {
            return Ok(not);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn names(nodes: &[Node]) -> Vec<String> {
    nodes.iter().map(|node| node.name.clone()).collect()
}

/// Key files are written through to the disk, which takes a while.
pub(super) async fn on_disk<T: Send + 'static>(
    state: &AdminState,
    change: impl FnOnce(&KeyRing) -> Result<T, KeyError> + Send + 'static,
) -> Result<T, AdminError> {
    let vault = Arc::clone(&state.vault);
    let changed = tokio::task::spawn_blocking(move || change(&vault)).await;
    let changed = changed.map_err(|error| AdminError::Keys(error.to_string()))?;
    changed.map_err(|error| AdminError::Keys(error.to_string()))
}
