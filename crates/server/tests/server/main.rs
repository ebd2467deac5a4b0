//! The real binary, from outside: through its sockets, its signals and its files, in good times and bad.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "clippy knows tests by their attribute, not what they call"
)]

mod embedded;

mod command_line;
mod connections;
mod documents;
mod http;
#[path = "../partners/mod.rs"]
mod partners;
mod process;
mod scene;
mod support;

/// Whether the servers of these tests share databases, or have a file each.
const ON_POSTGRES: bool = false;
