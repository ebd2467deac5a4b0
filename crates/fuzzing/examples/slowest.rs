//! Says which inputs take a target longest: `cargo run --release --example slowest -- query
//! FOLDER…`. A text of a few KiB that takes more than a millisecond is worth a look: work should
//! grow with the length of the input, not with its square.
#![expect(clippy::print_stdout, reason = "it is what this is for")]

use std::error::Error;
use std::time::{Duration, Instant};
use std::{env, fs};

use gangway_fuzzing::TARGETS;

/// Of several runs, so that it is the input's time and not that of what else the machine does.
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let (_, target) =
        TARGETS.into_iter().find(|(known, _)| *known == name).ok_or("no target has this name")?;
    let mut times = Vec::new();
    for folder in arguments {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let input = fs::read(&path)?;
            let run = |_| {
                let started = Instant::now();
                target(&input);
                started.elapsed()
            };
            times.push(((0..RUNS).map(run).min().unwrap_or(Duration::ZERO), input.len(), path));
        }
    }
    times.sort();
    for (time, length, path) in times.iter().rev().take(10) {
        println!("{time:>12.1?} {length:>8} bytes  {}", path.display());
    }
    Ok(())
}
