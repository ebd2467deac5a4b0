//! Connections: they are accepted, served until they end, and what hyper answers by itself is made an answer of ours.

mod bare;
mod listener;

pub(super) use listener::Serve;
pub(crate) use listener::{Listener, ListenerLimits};
