//! A table in each file: its statements, and what is bound to them.

pub(super) mod attempt;
pub(super) mod audit_event;
pub(super) mod commit;
pub(super) mod credential;
pub(super) mod departed_partner;
pub(super) mod keys;
pub(super) mod lease;
pub(super) mod partner;
pub(super) mod release;
mod row;
pub(super) mod secret;
pub(super) mod settings;
