//! The Gangway server: command line, configuration, identity, connectors, vault, receipts, HTTP.
#![deny(missing_docs)]

mod admin_file;
mod app;
mod audit_key;
pub mod cli;
mod config;
pub mod connector;
mod core_dumps;
mod data_dir;
mod dev;
mod engine;
mod http;
pub mod identity;
mod metrics;
mod node;
mod paging_key;
mod ports;
mod private_file;
pub mod receipt;
mod releases;
mod shared_key;
mod signing_key;
mod telemetry;
mod terminal;
mod throttle;
pub mod vault;
