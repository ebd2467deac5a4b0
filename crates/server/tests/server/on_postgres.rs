//! The real binary over PostgreSQL: all that `main.rs` beside this tests but for what is only about a file, and what only
//! servers that share a database do.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "clippy knows tests by their attribute, not what they call"
)]

mod nodes;

mod admin;
mod audit;
mod configuration;
mod crash;
mod credentials;
mod disconnect;
mod examples;
mod limits;
mod oidc;
mod onboarding;
mod operator;
#[path = "../partners/mod.rs"]
mod partners;
mod private_network;
mod proxies;
mod readme;
mod receipts;
mod release;
mod scene;
mod secrets;
mod shutdown;
mod start;
mod support;
mod throttling;

/// Whether the servers of these tests share databases, or have a file each.
const ON_POSTGRES: bool = true;
