//! The audit's key: without it the audit cannot be verified, and with another it is not proven.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{connect_and_cut, verified};
use crate::support::backend::made_for;
use crate::support::{Place, Setup, meddle};

const ROSTERS_OF_ANOTHER_KEY: &str =
    "part 0: BROKEN: the record of its tenants was not written with the key of this audit";

/// A data directory with an audit, which nobody serves, and what `gangway audit head` printed of it.
fn with_an_audit() -> (Place, Setup, String) {
    let place = Place::new();
    let setup = Setup::dev(&place.data());
    let gangway = setup.start();
    connect_and_cut(&mut gangway.client(), &place.data());
    let head = Setup::of(&["audit", "head"]).at(&place.data()).outcome();
    assert_eq!(head.code, Some(0), "{head:?}");
    assert_eq!(gangway.stop().code, Some(0));
    (place, setup, head.stdout)
}

/// Takes the key away, wherever it is.
fn remove_key(data: &Path) {
    match made_for(data) {
        Some(_) => meddle(data, "DELETE FROM shared_secrets WHERE name = 'audit'"),
        None => std::fs::remove_file(data.join("audit.key")).unwrap(),
    }
}

#[test]
fn without_its_key_an_audit_is_not_verified_and_that_is_said() {
    let (place, _, head) = with_an_audit();
    remove_key(&place.data());
    let heads = place.file("heads.jsonl", &head);
    let place_of_key = made_for(&place.data())
        .map_or_else(|| place.data().display().to_string(), |_| "the database".to_owned());
    let said = format!(
        "{place_of_key} has no audit key, so the audit cannot be verified: start the server once, or restore the key"
    );
    for arguments in [&["verify"][..], &["verify", "--since", heads.to_str().unwrap()], &["head"]] {
        let outcome = Setup::of(&[&["audit"], arguments].concat()).at(&place.data()).outcome();
        outcome.is_refused_naming(&[&said]);
    }
}

/// The server that finds it says what to do, and proves nothing by it.
#[test]
fn with_another_key_no_server_starts_and_nothing_is_proven() {
    let (place, setup, head) = with_an_audit();
    let data = place.data();
    remove_key(&data);
    if made_for(&data).is_some() {
        // The server makes another, as for a database that is new, and knows that this one was not.
        let id = data.join("audit-key-id");
        setup.outcome().is_refused_naming(&[
            "the database has another audit key than this server knows: it was replaced",
            &format!("with `gangway audit new-key`, delete {}", id.display()),
        ]);
    } else {
        std::fs::write(data.join("audit.key"), [7; 32]).unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(data.join("audit.key"), mode).unwrap();
        setup.outcome().is_refused_naming(&[
            "the audit is not proven by the audit key",
            "`gangway audit verify` says what; if the key is lost, `gangway audit new-key` gives it up",
        ]);
    }
    let (code, told, error) = verified(&place, &[]);
    let expected =
        "gangway: 1 of 1 chains are not whole, and 256 parts do not have the tenants they should\n";
    assert_eq!((code, error.as_str()), (Some(1), expected), "{told}");
    assert!(told.contains("the record of its end was not written with the key of this audit\n"), "{told}");
    assert!(told.lines().any(|line| line == ROSTERS_OF_ANOTHER_KEY), "{told}");

    let again = Setup::of(&["audit", "head"]).at(&data).outcome();
    assert_eq!((again.code, again.stdout.as_str()), (Some(1), ""), "{again:?}");
    assert!(
        again.stderr.contains("the ends of 1 chains are not proven: run `gangway audit verify`"),
        "{again:?}"
    );
    let heads = place.file("heads.jsonl", &head);
    let since = Setup::of(&["audit", "verify", "--since"]).arg(&heads).at(&data).outcome();
    since.is_refused_naming(&["line 1 was written under the audit key", heads.to_str().unwrap()]);
}

/// As the manual says it is done where the key is lost.
#[test]
fn a_new_key_takes_the_audit_as_it_is_found_which_is_told_from_then_on() {
    let (place, setup, head) = with_an_audit();
    let data = place.data();
    remove_key(&data);
    if made_for(&data).is_some() {
        std::fs::remove_file(data.join("audit-key-id")).unwrap();
    }
    // What was proven once is not taken for an audit from before that.
    setup.outcome().is_refused_naming(&["the audit is not proven by the audit key"]);
    let given_up = Setup::of(&["audit", "new-key"]).at(&data).outcome();
    assert_eq!(given_up.code, Some(0), "{given_up:?}");
    drop(setup.start());
    drop(setup.start());
    let (code, told, _) = verified(&place, &[]);
    let events = serde_json::from_str::<serde_json::Value>(&head).unwrap()["sequence"].to_string();
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains(&format!("; the first {events} were there before ends were authenticated\n")),
        "{told}"
    );
    let heads = place.file("heads.jsonl", &head);
    let since = Setup::of(&["audit", "verify", "--since"]).arg(&heads).at(&data).outcome();
    since.is_refused_naming(&["line 1 was written under the audit key"]);
}
