use crate::process::start::{mode, used};
use crate::support::{ONBOARDED, Place, Setup};

fn is_refused_and_left_alone(place: &Place, named: &[&str]) {
    let file = place.data().join("gangway.db");
    let before = std::fs::read(&file).unwrap();
    let outcome = Setup::dev(&place.data()).outcome();
    outcome.is_refused_naming(&[&[file.to_str().unwrap()], named].concat());
    assert!(std::fs::read(&file).unwrap() == before, "the refused file was changed");
}

#[test]
fn a_file_that_is_no_database_is_refused_by_name_and_left_alone() {
    let place = used();
    std::fs::write(place.data().join("gangway.db"), "Dear all, ".repeat(1000)).unwrap();
    is_refused_and_left_alone(&place, &["not an SQLite database"]);
}

#[test]
fn a_damaged_database_is_refused_by_name_and_left_alone() {
    let place = used();
    let file = place.data().join("gangway.db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100..4096].fill(0xaa);
    std::fs::write(&file, bytes).unwrap();
    is_refused_and_left_alone(&place, &["damaged", "restore it from a backup"]);
}

#[test]
fn a_newer_schema_is_refused_by_name_and_left_alone() {
    let place = used();
    let database = rusqlite::Connection::open(place.data().join("gangway.db")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    is_refused_and_left_alone(&place, &["schema 99", "use a newer Gangway"]);
}

#[test]
fn a_second_server_on_the_same_directory_is_refused_and_the_first_does_not_notice() {
    let place = Place::new();
    let first = Setup::dev(&place.data()).start();
    let before = first.token(&[]);
    let file = place.data().join("gangway.db");
    Setup::dev(&place.data()).outcome().is_refused_naming(&[file.to_str().unwrap(), "in use"]);
    let mut client = first.client();
    assert_eq!(client.with_token(before).status(ONBOARDED), "onboarded");
    client.disconnect(ONBOARDED).is(204);
}

#[test]
fn missing_directories_are_made_and_nobody_else_can_look_into_them() {
    let place = Place::new();
    let data = place.path("several/levels/down");
    let gangway = Setup::dev(&data).start_with_open_umask();
    gangway.client().disconnect(ONBOARDED).is(204);
    assert_eq!(mode(&data), 0o700);
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        seen.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    seen.sort_unstable();
    let files = [
        "admin.json",
        "audit.key",
        "dev-issuer.json",
        "gangway.db",
        "gangway.db-shm",
        "gangway.db-wal",
        "gangway.db.lock",
        "paging.key",
        "receipt-key.json",
        "vault-keys.json",
    ];
    assert_eq!(seen, files);
}
