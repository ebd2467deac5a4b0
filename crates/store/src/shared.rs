//! What processes that share a database know of each other, and share, beside what the port is about. The embedded store
//! is shared with nobody, and says so: it has no nodes, no shared secrets, and nothing was counted elsewhere.

use std::time::Duration;

use gangway_domain::{TenantId, Timestamp};
use gangway_engine::NodeId;

/// A process that serves, as it tells the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is called in leases.
    pub id: NodeId,
    /// What people call it.
    pub name: String,
    /// Its program's version.
    pub version: String,
    /// The ids of the keys it can open secrets with; the first of them seals.
    pub keys: Vec<String>,
}

/// A process that serves, or did a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNode {
    /// The process.
    pub node: Node,
    /// When it started, by the database's clock.
    pub started: Timestamp,
    /// How long ago it was heard of.
    pub silent: Duration,
    /// For how many parts it has the lease.
    pub parts: usize,
}

/// How much was asked for since it was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// The tenant it is counted for.
    pub tenant: TenantId,
    /// What is counted: the same on every node.
    pub counter: [u8; 16],
    /// Requests, writes among them.
    pub requests: u32,
    /// Writes.
    pub writes: u32,
}

/// How much was asked of other nodes in one slot of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedElsewhere {
    /// Which of the counters that were told it is.
    pub index: usize,
    /// How many slots ago; 0 is the one that is now.
    pub age: u64,
    /// Requests, writes among them.
    pub requests: u32,
    /// Writes.
    pub writes: u32,
}
