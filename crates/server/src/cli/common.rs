//! What commands have in common: arguments, the way to a running server, progress, and how they end.

mod admin_client;
mod data_arg;
mod failure;
mod runtime;
mod store_args;

pub(super) mod progress;

pub(super) use admin_client::{Reference, Server, TenantArg};
pub(super) use data_arg::DataArg;
pub(super) use failure::Failure;
pub(super) use runtime::{in_runtime, in_threads, runtime, serve};
pub(super) use store_args::{StoreArgs, StorePlace, vault};
