//! Where keys come from, and what of them gets out.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::{Gangway, Place, Setup};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ISSUER: &str = "[[identity.issuers]]\nissuer = \"http://127.0.0.1:9/\"\n";

pub(crate) fn real(place: &Place, file: &str) -> Setup {
    Setup::config(&place.file("gangway.toml", &format!("{file}\n{ISSUER}")), &place.data())
}

fn generate(file: &Path) -> Setup {
    Setup::of(&["keys", "generate"]).arg(file)
}

fn id_in(file: &Path) -> String {
    let json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    json["keys"][0]["id"].as_str().unwrap().to_owned()
}

fn limit(gangway: &Gangway, name: &str) -> String {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", gangway.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_server_leaves_no_core_dump() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start_with_unlimited_core_dumps();
    assert_eq!(limit(&gangway, "Max core file size"), "Max core file size 0 0 bytes");
}

#[test]
fn a_made_key_file_is_for_its_owner_and_what_a_server_takes() {
    let place = Place::new();
    let file = place.path("keys.json");
    let outcome = generate(&file).outcome();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(outcome.stdout.contains(&id_in(&file)), "{outcome:?}");
    let gangway = real(&place, &format!("[vault]\nkey_file = {file:?}")).start();
    assert!(gangway.log().contains(&id_in(&file)), "{}", gangway.log());
    assert!(!place.data().join("vault-keys.json").exists());
}

#[test]
fn a_key_file_that_is_there_is_not_written_over() {
    let place = Place::new();
    let file = place.path("keys.json");
    generate(&file).outcome();
    let before = std::fs::read(&file).unwrap();
    generate(&file).outcome().is_refused_naming(&[file.to_str().unwrap(), "already"]);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_key_file_that_cannot_be_believed_stops_the_start() {
    let place = Place::new();
    let file = place.path("keys.json");
    let named = file.to_str().unwrap();
    let setup = real(&place, &format!("[vault]\nkey_file = {file:?}"));
    setup.outcome().is_refused_naming(&[named, "gangway keys generate"]);
    generate(&file).outcome();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    setup.outcome().is_refused_naming(&[named, "read by others"]);
    std::fs::write(&file, "{}").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    setup.outcome().is_refused_naming(&[named, "no key file"]);
}

#[test]
fn a_key_in_the_environment_is_taken_and_never_told() {
    let place = Place::new();
    let setup = real(&place, "").env("GANGWAY_LOG__FILTER", "trace");
    let outcome = setup.clone().env("GANGWAY_VAULT__KEY", KEY).start().stop();
    assert!(outcome.stderr.contains("630dcd2966c43366"), "{}", outcome.stderr);
    for secret in [KEY, &KEY[..20]] {
        assert!(!outcome.stderr.contains(secret) && !outcome.stdout.contains(secret), "{outcome:?}");
    }
    let outcome = setup.env("GANGWAY_VAULT__KEY", &KEY[1..]).outcome();
    outcome.is_refused_naming(&["vault.key", "32 bytes in base64"]);
    assert!(!outcome.stderr.contains(&KEY[2..20]), "{outcome:?}");
}

#[test]
fn a_developers_server_keeps_the_key_it_made() {
    let place = Place::new();
    let file = place.data().join("vault-keys.json");
    let setup = Setup::dev(&place.data());
    setup.start().stop();
    let first = std::fs::read(&file).unwrap();
    setup.start().stop();
    assert_eq!(std::fs::read(&file).unwrap(), first);
}
