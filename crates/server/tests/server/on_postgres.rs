//! The real binary over PostgreSQL: all that `main.rs` beside this tests but for what is only about a file, and what only
//! servers that share a database do.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "clippy knows tests by their attribute, not what they call"
)]

mod nodes;

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
const ON_POSTGRES: bool = true;
