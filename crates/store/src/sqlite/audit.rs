//! The audit: where its chains end, whether they are whole, and its events for whoever takes them elsewhere.

pub(super) mod adoption;
pub(super) mod chain_ends;
mod export;
pub(super) mod verify;

pub use export::AuditReader;
pub use verify::{audit_heads, verify_audit};
