//! Killed with SIGKILL at every await of what Gangway does to a connection, and started again.
//!
//! Nothing is placed by hand: every await of the engine's release, onboarding and refresh code is a call of a port.
//! So a child process runs the real engine, store, vault and connectors against a real partner, with the ports
//! wrapped so that the process is killed before or after the Nth call. The parent counts N upwards until a child
//! comes through, so that a call somebody adds is killed at too. After each death it opens what is left, brings it to
//! its end, and asks the partner, not Gangway, whether anything lives.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "clippy knows tests by their attribute, not what they call"
)]

mod child;
mod dying;
mod fixture;
mod partner;
#[path = "../partners/mod.rs"]
mod partners;
mod scenario;
mod scenarios;
mod verdict;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use dying::Side;

fn main() -> ExitCode {
    if let Ok(task) = std::env::var(child::TASK) {
        child::run(&serde_json::from_str(&task).unwrap());
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let trials = scenarios::ALL.iter().flat_map(|scenario| {
        [Side::Before, Side::After].map(|side| {
            let name = format!("{}_killed_{}_any_call", scenario.name, side.as_str());
            Trial::test(name, move || {
                scenario.run(side);
                Ok(())
            })
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
