use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// Runs what the command line names.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::from_args();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let trials = match crate::vector::load(&directory) {
        Ok(vectors) => vectors.into_iter().map(trial).collect(),
        Err(why) => vec![Trial::test("the vectors can be read", move || Err(Failed::from(why)))],
    };
    let conclusion = libtest_mimic::run(&arguments, trials);
    match crate::server::stop_all(!conclusion.has_failed()) {
        Ok(()) => conclusion.exit_code(),
        Err(why) => {
            let stopping = Trial::test("the servers stop when asked", move || Err(Failed::from(why)));
            libtest_mimic::run(&Arguments::default(), vec![stopping]).exit_code()
        }
    }
}

fn trial(vector: crate::vector::Vector) -> Trial {
    Trial::test(vector.full_name(), move || crate::play::play(&vector).map_err(Failed::from))
}
