//! What nodes that share a database know of each other, and share.

mod leases;
mod node_rows;
mod shared_secret_rows;
pub(super) mod shared_secrets;
mod throttle_rows;
