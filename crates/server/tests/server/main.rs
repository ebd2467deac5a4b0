//! The real binary, from outside: through its sockets, its signals and its files, in good times and bad.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "clippy knows tests by their attribute, not what they call"
)]

mod admin;
mod audit;
mod backup;
mod configuration;
mod crash;
mod credentials;
mod disconnect;
mod faults;
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
mod support;
mod throttling;
