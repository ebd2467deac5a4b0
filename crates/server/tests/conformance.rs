//! Holds the real binary to the vectors in `conformance/`. One test per vector; see `conformance/README.md`.

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

fn main() -> ExitCode {
    run::run()
}

/// Every server has a file of its own.
fn database() -> Option<String> {
    None
}
