//! HTTP: one listener for clients, one for whoever runs the server.

mod admin;
mod bare;
mod body;
mod callback;
mod context;
mod cookie;
mod envelope;
mod error;
mod exchanges;
mod failure;
mod forwarded;
mod front;
mod graph;
mod guarded;
mod issuer;
mod limits;
mod listener;
mod onboarding;
mod page;
mod public;
mod receipt_keys;

pub(crate) use admin::{Admin, AdminState, OperatorToken};
pub(crate) use context::PublicAddress;
pub(crate) use exchanges::Exchanges;
pub(crate) use forwarded::TrustedProxies;
pub(crate) use graph::AuditEventView;
pub(crate) use listener::{Listener, ListenerLimits};
pub(crate) use public::{Public, PublicOptions};
