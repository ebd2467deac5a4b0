//! The Gangway server: command line, configuration, identity, connectors, HTTP.
#![deny(missing_docs)]

mod app;
pub mod cli;
mod config;
pub mod connector;
mod dev;
mod http;
pub mod identity;
mod metrics;
mod ports;
mod telemetry;
