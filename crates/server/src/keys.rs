//! The keys that a server makes for itself. With an embedded store each is a file in the data directory; nodes that share a
//! database share their keys as well, which lie in it, sealed by the vault.

pub(crate) mod audit_key;
pub(crate) mod paging_key;
pub(crate) mod shared_key;
pub(crate) mod signing_key;
