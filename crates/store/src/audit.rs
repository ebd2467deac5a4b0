//! What can be said of the audit whatever keeps it: the events in the order of their chains, whether the chains hold, and
//! whether they are all there.

pub(crate) mod chain;
mod derived;
mod ends;
mod follower;
pub(crate) mod key;
mod known;
mod report;
mod rosters;

use gangway_domain::AuditEvent;

pub use chain::ChainHash;
pub(crate) use derived::{COLUMNS as DERIVED, columns as derived};
pub(crate) use ends::{end, end_columns, roster, roster_columns};
pub(crate) use follower::{Beside, Follower, link_columns};
pub use key::AuditKey;
pub use known::{AuditHead, KnownHeads, UnknownHead};
pub use report::{Adoption, AuditReport, ChainReport, Finding};
pub(crate) use rosters::{Census, Rosters};
pub use rosters::{RosterFinding, RosterReport};

/// An audit event, and its place in its tenant's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainedEvent {
    /// From 1, in the order of commits.
    pub sequence: u64,
    /// The event.
    pub event: AuditEvent,
}
