//! The record of what was done, as `gangway audit` tells it.

mod export;
mod heads;
mod keys;

use std::path::Path;

use crate::support::{Client, Place, Setup, meddle, until};

pub(crate) fn verified(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let outcome = Setup::of(&[&["audit", "verify"], arguments].concat()).at(&place.data()).outcome();
    (outcome.code, outcome.stdout, outcome.stderr)
}

/// One that was onboarded is disconnected, and its grant dead: no more events come of themselves.
fn connect_and_cut(client: &mut Client, data: &Path) {
    let id = client.onboarded();
    client.disconnect(&id).is(204);
    until("its grant is dead", || nothing_is_pending(data).then_some(()));
}

fn nothing_is_pending(data: &Path) -> bool {
    Setup::of(&["release", "list", "--pending"]).at(data).outcome().stdout == "no releases\n"
}

#[test]
fn the_audit_is_verified_beside_a_running_server_and_every_break_is_found() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    connect_and_cut(&mut gangway.client(), &place.data());

    let (code, output, _) = verified(&place, &[]);
    assert_eq!(code, Some(0), "{output}");
    assert!(
        output.starts_with("aaaabbbb-0000-cccc-1111-dddd2222eeee  7 events: whole, ends in "),
        "{output}"
    );
    let head = output.trim_end().rsplit(' ').next().unwrap();
    assert!(head.len() == 64 && head.bytes().all(|b| b.is_ascii_hexdigit()), "{head}");

    let sql = r#"UPDATE audit_events SET actor = '{"kind":"partner"}' WHERE seq = 6"#;
    meddle(&place.data(), sql);
    let (code, output, error) = verified(&place, &[]);
    assert_eq!(
        (code, error.as_str()),
        (Some(1), "gangway: 1 of 1 chains are not whole, and 0 parts do not have the tenants they should\n")
    );
    assert!(output.contains("  5 events: BROKEN at 6: event "), "{output}");

    let (code, output, _) = verified(&place, &["--tenant", "11111111-2222-3333-4444-555555555555"]);
    assert_eq!(code, Some(0));
    assert_eq!(output, "11111111-2222-3333-4444-555555555555  0 events: nothing to verify\n");
}
