//! What the tests share: the running process, a client that checks every answer, and a look into the database
//! that asks nobody.

mod answer;
pub(crate) mod backend;
mod client;
mod database;
mod place;
mod process;
mod rules;
mod wire;

use std::time::{Duration, Instant};

pub(crate) use answer::Answer;
pub(crate) use client::{BETA, Client, ONBOARDED, PARTNERS};
pub(crate) use database::{Database, Recorded, key, make_attempts_late, make_releases_due, meddle};
pub(crate) use place::Place;
pub(crate) use process::{Gangway, Outcome, Setup, token};
pub(crate) use rules::Asked;
pub(crate) use wire::Connection;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks again and again until there is something to see.
pub(crate) fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look)
}

/// The same for what takes its time.
pub(crate) fn until_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < patience, "{what}: not within {patience:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
