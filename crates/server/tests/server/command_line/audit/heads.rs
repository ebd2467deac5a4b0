//! `gangway audit head`: what is kept elsewhere, and what `audit verify --since` finds by it.

use std::path::Path;

use serde_json::Value;

use super::{connect_and_cut, verified};
use crate::support::{Outcome, Place, Setup, meddle};

const SEEDED: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

fn head(data: &Path) -> Outcome {
    Setup::of(&["audit", "head"]).at(data).outcome()
}

/// What it prints, in a file.
fn kept(place: &Place) -> (Value, String) {
    let outcome = head(&place.data());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    assert_eq!(outcome.stdout.lines().count(), 1, "one tenant, one line: {outcome:?}");
    let file = place.file("heads.jsonl", &outcome.stdout);
    (serde_json::from_str(&outcome.stdout).unwrap(), file.to_str().unwrap().to_owned())
}

#[test]
fn what_head_prints_is_where_the_chain_ends_and_verify_goes_on_from_there() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    connect_and_cut(&mut gangway.client(), &place.data());
    let (line, heads) = kept(&place);
    let (_, told, _) = verified(&place, &[]);
    assert_eq!(line["tenantId"], SEEDED);
    let (sequence, hash) = (line["sequence"].as_u64().unwrap(), line["hash"].as_str().unwrap());
    assert_eq!(told, format!("{SEEDED}  {sequence} events: whole, ends in {hash}\n"));
    assert_eq!((&line["adopted"], &line["unlinked"]), (&0.into(), &0.into()), "it was proven from the first");

    for more in 0..3 {
        let (code, told, error) = verified(&place, &["--since", &heads]);
        assert_eq!((code, error.as_str()), (Some(0), ""), "{told}");
        assert!(told.contains(&format!("  {} events: whole", sequence + more)), "{told}");
        gangway.client().onboarded();
    }
}

/// As a `head` that failed leaves it.
#[test]
fn a_file_without_heads_is_nothing_to_hold_the_audit_against() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    connect_and_cut(&mut gangway.client(), &place.data());
    let empty = place.file("heads.jsonl", "\n");
    let since = Setup::of(&["audit", "verify", "--since"]).arg(&empty).at(&place.data()).outcome();
    since.is_refused_naming(&["contains no heads, so there is nothing to compare the audit with"]);
}

#[test]
fn a_database_that_was_put_back_to_before_its_head_was_kept_is_found_by_that_head_only() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    connect_and_cut(&mut gangway.client(), &place.data());
    meddle(&place.data(), "CREATE TABLE before AS SELECT * FROM audit_heads");
    let before = kept(&place).0["sequence"].as_u64().unwrap();
    gangway.client().onboarded();
    let (line, heads) = kept(&place);
    let known = line["sequence"].as_u64().unwrap();
    assert!(known > before);

    meddle(
        &place.data(),
        &format!(
            "DELETE FROM audit_events WHERE seq > {before}; DELETE FROM audit_heads; \
             INSERT INTO audit_heads SELECT * FROM before; DROP TABLE before"
        ),
    );
    assert_eq!(verified(&place, &[]).0, Some(0), "its end was true once, and so is its proof");
    let (code, told, error) = verified(&place, &["--since", &heads]);
    assert_eq!(code, Some(1), "{told}");
    assert!(error.starts_with("gangway: 1 of 1 chains are not whole"), "{error}");
    let found = format!(
        "{SEEDED}  {before} events: BROKEN after {before}: it went on to {known} when its head was kept: it was put back\n"
    );
    assert_eq!(told, found);
}

#[test]
fn a_file_that_is_not_what_head_printed_is_refused_with_its_line() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    connect_and_cut(&mut gangway.client(), &place.data());
    let (line, _) = kept(&place);
    let mut altered = line.clone();
    altered["sequence"] = 1.into();
    for (content, named) in [
        (format!("{line}\n{altered}\n"), "line 2 was altered"),
        (format!("{line}\nwhat is this?\n"), "line 2 is none of `gangway audit head`"),
    ] {
        let file = place.file("heads.jsonl", &content);
        let since = Setup::of(&["audit", "verify", "--since"]).arg(&file).at(&place.data());
        since.outcome().is_refused_naming(&[file.to_str().unwrap(), named]);
    }
    let missing = Setup::of(&["audit", "verify", "--since"]).arg(place.path("none")).at(&place.data());
    missing.outcome().is_refused_naming(&[place.path("none").to_str().unwrap()]);
}
