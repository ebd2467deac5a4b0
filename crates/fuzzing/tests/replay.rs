//! Whatever fuzzing began with, and whatever it found, goes through its target once more, with the
//! stable compiler.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use gangway_fuzzing::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The names of what is in a folder; nothing if there is no such folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Sends every file of a target's folder through it; how many there are.
fn replay(name: &str, kind: &str) -> usize {
    let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let folder = fuzz().join(kind).join(name);
    let files = names(&folder);
    let failed: Vec<_> = files
        .iter()
        .filter(|file| {
            let input = fs::read(folder.join(file)).unwrap();
            catch_unwind(AssertUnwindSafe(|| target(&input))).is_err()
        })
        .collect();
    assert!(failed.is_empty(), "of fuzz/{kind}/{name}: {failed:?}");
    files.len()
}

fn replay_all(name: &str) {
    assert!(replay(name, "corpus") > 0, "fuzz/corpus/{name} is empty or missing");
    replay(name, "crashes");
}

#[test]
fn inputs_of_batch_hold() {
    replay_all("batch");
}

#[test]
fn inputs_of_body_hold() {
    replay_all("body");
}

#[test]
fn inputs_of_query_hold() {
    replay_all("query");
}

#[test]
fn inputs_of_token_hold() {
    replay_all("token");
}

/// So that no input is in a folder that nobody replays, and no target is without a program or
/// inputs.
#[test]
fn every_target_has_a_program_and_inputs_and_there_are_no_others() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let programs = names(&fuzz().join("fuzz_targets"));
    assert_eq!(
        programs.iter().filter_map(|name| name.strip_suffix(".rs")).collect::<BTreeSet<_>>(),
        as_strs(&targets)
    );
    assert_eq!(names(&fuzz().join("corpus")), targets);
    let mut crashes = names(&fuzz().join("crashes"));
    assert!(crashes.remove("README.md"));
    assert!(crashes.is_subset(&targets), "{crashes:?}");
}

fn as_strs(names: &BTreeSet<String>) -> BTreeSet<&str> {
    names.iter().map(String::as_str).collect()
}
