//! The stores, from outside: what the port promises, for every backend; and what only the embedded one does.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy knows tests by their attribute, not what they call"
)]

mod contract;
mod distributed;
mod embedded;
mod moving;
mod portable;
mod queries;
mod samples;
mod sharing;
mod slow;
mod tampering;
mod upgraded;
