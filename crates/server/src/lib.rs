//! The Gangway server: command line, configuration, identity, connectors, vault, receipts, HTTP.
#![deny(missing_docs)]

mod app;
pub mod cli;
mod config;
pub mod connector;
mod http;
pub mod identity;
mod keys;
mod metrics;
pub mod receipt;
mod system;
mod throttle;
pub mod vault;

/// The engine over the store that this server runs on.
type Engine = gangway_engine::Engine<gangway_store::AnyStore>;
