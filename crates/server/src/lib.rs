//! The Gangway server: command line, configuration, identity, HTTP, vault, receipts.
#![deny(missing_docs)]

mod app;
pub mod cli;
mod config;
mod core_dumps;
mod dev;
mod http;
pub mod identity;
mod metrics;
mod ports;
mod private_file;
pub mod receipt;
mod signing_key;
mod telemetry;
pub mod vault;
