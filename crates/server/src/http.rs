//! HTTP: one listener for clients, one for whoever runs the server.

mod admin;
mod body;
mod code_redemptions;
mod connection;
mod context;
mod error;
mod front;
mod graph;
mod guarded;
mod limits;
mod pages;
mod public;

pub(crate) use admin::{Admin, AdminState, OperatorToken};
pub(crate) use code_redemptions::CodeRedemptions;
pub(crate) use connection::{Listener, ListenerLimits};
pub(crate) use context::{PublicAddress, TrustedProxies};
pub(crate) use graph::AuditEventView;
pub(crate) use public::{Public, PublicOptions};
