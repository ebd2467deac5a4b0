//! Holds the real binary over PostgreSQL to the vectors in `conformance/`, as `conformance.rs` does over a file.

#[path = "conformance/check.rs"]
mod check;
#[path = "conformance/http.rs"]
mod http;
#[path = "conformance/json.rs"]
mod json;
#[path = "conformance/pattern.rs"]
mod pattern;
#[path = "conformance/play.rs"]
mod play;
#[path = "conformance/rules.rs"]
mod rules;
#[path = "conformance/run.rs"]
mod run;
#[path = "conformance/server.rs"]
mod server;
#[path = "conformance/vector.rs"]
mod vector;

use std::process::ExitCode;

use gangway_private_postgres::Server;

fn main() -> ExitCode {
    run::run()
}

/// Every server has a database of its own, on a server of this process's own.
#[expect(clippy::unnecessary_wraps, reason = "over a file there is none")]
fn database() -> Option<String> {
    Some(Server::shared().new_database())
}
