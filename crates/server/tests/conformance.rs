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
#[path = "conformance/server.rs"]
mod server;
#[path = "conformance/vector.rs"]
mod vector;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let trials = match vector::load(&directory) {
        Ok(vectors) => vectors.into_iter().map(trial).collect(),
        Err(why) => vec![Trial::test("the vectors can be read", move || Err(Failed::from(why)))],
    };
    let conclusion = libtest_mimic::run(&arguments, trials);
    match server::stop_all(!conclusion.has_failed()) {
        Ok(()) => conclusion.exit_code(),
        Err(why) => {
            let stopping = Trial::test("the servers stop when asked", move || Err(Failed::from(why)));
            libtest_mimic::run(&Arguments::default(), vec![stopping]).exit_code()
        }
    }
}

fn trial(vector: vector::Vector) -> Trial {
    Trial::test(vector.full_name(), move || play::play(&vector).map_err(Failed::from))
}
