//! The real binary, from outside: through its sockets, its signals and its files, in good times and bad.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "clippy knows tests by their attribute, not what they call"
)]

/// What is only about the file of the embedded store, and so is not tested over PostgreSQL:
///
/// - `faults`: a full disk, a file that is locked, damaged, no database, or of a newer program, and the files of the data
///   directory;
/// - `one_file`: what is left in the file of a secret that was destroyed, a store whose keys are lost (a store that servers
///   share is not opened without them), commands without any database, and a server without keys;
/// - `backup`: backups, which PostgreSQL makes itself;
/// - `house`: everything from a file to PostgreSQL and back.
mod backup;
mod faults;
mod house;
mod one_file;

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
const ON_POSTGRES: bool = false;
