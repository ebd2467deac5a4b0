//! Three Gangway nodes over three PostgreSQL databases that Patroni keeps, in network namespaces of
//! their own; clients that write down what they ask and what they are told; and faults. What was
//! recorded is checked after each of them.
//!
//! It takes root, and Debian's `etcd-server`, `haproxy`, `iproute2`, `patroni` and `postgresql`.
//! Nothing of the machine's own is touched, and nothing is left behind.

mod checker;
mod checks;
mod cluster;
mod fault;
mod history;
mod model;
mod outer;
mod report;
mod round;
mod tools;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use cluster::Cluster;
use cluster::patroni::Settings;
use fault::Fault;
use report::{Report, say};
use tools::{shell, time};

/// What may be wrong with the test itself.
type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Break a cluster of Gangway nodes and databases, and check what clients were told.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program to test
    #[arg(long, env = "BINARY_UNDER_TEST", default_value = "target/debug/gangway")]
    binary: PathBuf,
    /// Go on with all faults for as many minutes, in rounds
    #[arg(long)]
    minutes: Option<u64>,
    /// These faults rather than all, or than those of a short run
    #[arg(long, value_delimiter = ',')]
    faults: Vec<Fault>,
    /// What chance begins with
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A directory that logs and histories are copied to
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Replicate without waiting for it: the test has to see that answered changes are lost
    #[arg(long)]
    asynchronous: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match std::env::var_os(outer::INSIDE) {
        None => outer::run(),
        Some(place) => inside(&arguments, &PathBuf::from(place)),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("FAILED  {error}\n0 passed, 1 failed"));
            ExitCode::FAILURE
        }
    }
}

fn inside(arguments: &Arguments, place: &std::path::Path) -> Fallible<bool> {
    let mut report = Report::default();
    let done = rounds(arguments, place, &mut report);
    if let Err(error) = done {
        report.check("the cluster", Err(error.to_string()));
    }
    if let Some(keep) = &arguments.keep {
        keep_logs(place, keep)?;
    }
    Ok(report.end())
}

fn rounds(arguments: &Arguments, place: &std::path::Path, report: &mut Report) -> Fallible<()> {
    let settings = Settings { synchronous: !arguments.asynchronous };
    let binary = std::fs::canonicalize(&arguments.binary)
        .map_err(|error| format!("{}: {error}: cargo build -p gangway", arguments.binary.display()))?;
    let mut cluster = Cluster::start(place, binary, settings)?;
    report.check("three nodes over three databases", Ok(format!("after {}", time::seconds(time::now()))));
    let mut rng = SmallRng::seed_from_u64(arguments.seed);
    let faults = match (&arguments.faults[..], arguments.minutes) {
        ([], None) => Fault::SHORT.to_vec(),
        ([], Some(_)) => Fault::value_variants().to_vec(),
        (wanted, _) => wanted.to_vec(),
    };
    let end = arguments.minutes.map_or(Duration::ZERO, |minutes| Duration::from_secs(60 * minutes));
    let mut stories = Vec::new();
    for round in 0.. {
        for fault in &faults {
            let story = round::run(&mut cluster, *fault, &mut rng)
                .map_err(|error| format!("{}: {error}", fault.name()))?;
            story.recorded.write(&place.join(format!("history-{round}-{fault:?}.jsonl")))?;
            checks::all(report, &cluster, &story);
            stories.push(story);
        }
        if time::now() > end {
            break;
        }
    }
    checks::in_the_end(report, &cluster, &stories);
    Ok(())
}

/// Copies what is worth reading: not the disks of the databases.
fn keep_logs(place: &std::path::Path, keep: &std::path::Path) -> Fallible<()> {
    std::fs::create_dir_all(keep)?;
    let command = format!(
        "cd '{}' && find . -maxdepth 2 \\( -name '*.log' -o -name '*.jsonl' -o -name '*.cfg' \\) -print0 | \
         xargs -0 --no-run-if-empty cp --parents -t '{}'",
        place.display(),
        std::fs::canonicalize(keep)?.display()
    );
    shell::run("bash", &["-c", &command]).map(drop)
}
