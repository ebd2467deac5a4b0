//! What keeps a server from starting, whatever it keeps its data in.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::{Place, Setup, token};

/// A data directory that a server has used and left.
pub(crate) fn used() -> Place {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    gangway.client().onboarded();
    assert_eq!(gangway.stop().code, Some(0));
    place
}

pub(crate) fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_second_server_that_is_refused_does_not_change_where_tokens_say_they_come_from() {
    let place = Place::new();
    let first = Setup::dev(&place.data()).start();
    Setup::dev(&place.data()).outcome().is_refused_naming(&["in use"]);
    let issuer = format!("http://{}/gangway/issuer", first.address);
    assert_eq!(crate::process::configuration::claims(&first.token(&[]))["iss"], issuer);
}

#[test]
fn a_data_path_that_leads_through_a_file_is_refused_with_its_reason() {
    let place = Place::new();
    let file = place.file("file", "");
    let outcome = Setup::dev(&file.join("data")).outcome();
    outcome.is_refused_naming(&[file.to_str().unwrap(), "Not a directory"]);
}

#[test]
fn an_issuer_file_that_cannot_be_believed_is_refused_by_name() {
    let place = used();
    let file = place.data().join("dev-issuer.json");
    let named = file.to_str().unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    Setup::dev(&place.data()).outcome().is_refused_naming(&[named, "read by others"]);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, "{}").unwrap();
    Setup::dev(&place.data()).outcome().is_refused_naming(&[named, "damaged"]);
}

#[test]
fn a_token_made_before_the_first_start_leaves_a_directory_nobody_else_can_look_into() {
    let place = Place::new();
    token(&place.data(), &[]);
    assert_eq!(mode(&place.data()), 0o700);
    assert_eq!(mode(&place.data().join("dev-issuer.json")), 0o600);
}
