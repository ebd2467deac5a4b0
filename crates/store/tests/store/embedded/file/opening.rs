use gangway_engine::Store;
use gangway_store::{OpenError, SqliteOptions, SqliteStore};
use rusqlite::Connection;

use crate::embedded::Place;
use crate::samples::*;

#[tokio::test]
async fn opening_again_finds_everything() {
    let place = Place::new();
    let store = place.open();
    let partner = stored(&store, CONTOSO).await;
    let after = disconnected(&partner);
    let sent = update(&partner, &after);
    assert_eq!(store.commit(sent.clone()).await, APPLIED);
    let events = newest_events(&store, CONTOSO, 10).await;
    drop(store);

    let store = place.open();
    assert_eq!(read(&store, &partner).await, Some(after));
    assert_eq!(newest_events(&store, CONTOSO, 10).await, events);
    assert_eq!(store.commit(sent).await, DUPLICATE, "keys are remembered");
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    let place = Place::new();
    let store = place.open();
    let partner = stored(&store, CONTOSO).await;
    let after = disconnected(&partner);
    assert_eq!(store.commit(update(&partner, &after)).await, APPLIED);

    // The files as they are this moment are what a killed process leaves behind.
    let left_behind = Place::new();
    for suffix in ["", "-wal"] {
        std::fs::copy(place.file_beside(suffix), left_behind.file_beside(suffix)).unwrap();
    }
    let revived = left_behind.open();
    assert_eq!(read(&revived, &partner).await, Some(after));
    assert_eq!(events_about(&revived, &partner).await, events_about(&store, &partner).await);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let store = place.open();
    stored(&store, CONTOSO).await;
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mode = std::fs::metadata(place.file_beside(suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "gangway.db{suffix}");
    }
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let place = Place::new();
    let first = place.open();
    let second = SqliteStore::open(&place.options(), &key());
    assert!(matches!(&second, Err(OpenError::InUse(path)) if *path == place.path()), "{second:?}");
    drop(first);
    place.open();
}

#[test]
fn a_missing_directory_is_named() {
    let place = Place::new();
    let path = place.directory.path().join("missing").join("gangway.db");
    let error = SqliteStore::open(&SqliteOptions::at(&path), &key()).unwrap_err();
    assert!(matches!(error, OpenError::NoDirectory(_)), "{error:?}");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
}

#[test]
fn a_directory_in_place_of_the_file_is_refused() {
    let place = Place::new();
    std::fs::create_dir(place.path()).unwrap();
    let error = SqliteStore::open(&place.options(), &key()).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_alone() {
    let place = Place::new();
    let letter = "Dear all, ".repeat(1000);
    std::fs::write(place.path(), &letter).unwrap();
    let error = SqliteStore::open(&place.options(), &key()).unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase(_)), "{error:?}");
    assert_eq!(std::fs::read_to_string(place.path()).unwrap(), letter);
}

#[test]
fn a_database_with_a_broken_schema_page_is_refused() {
    let place = Place::new();
    drop(place.open());
    let mut bytes = std::fs::read(place.path()).unwrap();
    bytes[100..4096].fill(0xaa);
    std::fs::write(place.path(), &bytes).unwrap();
    let error = SqliteStore::open(&place.options(), &key()).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("restore it from a backup"), "{error}");
}

#[test]
fn a_database_of_another_application_is_refused_and_left_alone() {
    let place = Place::new();
    let theirs = "CREATE TABLE songs (name TEXT); PRAGMA user_version = 1;";
    place.outsider().execute_batch(theirs).unwrap();
    let before = std::fs::read(place.path()).unwrap();
    let error = SqliteStore::open(&place.options(), &key()).unwrap_err();
    assert!(matches!(error, OpenError::OtherApplication(_)), "{error:?}");
    assert_eq!(std::fs::read(place.path()).unwrap(), before);
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let place = Place::new();
    drop(place.open());
    place.outsider().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteStore::open(&place.options(), &key()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, known: 10, .. }), "{error:?}");
    let kept: i64 = place.outsider().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 99);
}

#[test]
fn a_database_that_another_program_has_locked_is_refused_in_time() {
    let place = Place::new();
    drop(place.open());
    let other = place.outsider();
    other
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 1; COMMIT;")
        .unwrap();
    let begun = std::time::Instant::now();
    let error = SqliteStore::open(&place.options(), &key()).unwrap_err();
    assert!(matches!(error, OpenError::Locked(_)), "{error:?}");
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[test]
fn impossible_rows_cannot_be_stored_by_anybody() {
    let place = Place::new();
    drop(place.open());
    let database = place.outsider();
    let id = "x'00000000000000000000000000000001'";
    let row = |part: &str, connector: &str, status: &str, attempt: &str, expires: &str, version: &str| {
        let row = format!(
            "{part}, {id}, {id}, '', NULL, {connector}, NULL, {status}, {attempt}, {expires}, 0, 1, {version}"
        );
        database.execute(&format!("INSERT INTO partners VALUES ({row})"), [])
    };
    for (part, connector, status, attempt, expires, version) in [
        ("256", "'link'", "'onboarded'", "NULL", "NULL", "1"),
        ("1", "''", "'onboarded'", "NULL", "NULL", "1"),
        ("1", "'link'", "'Onboarded'", "NULL", "NULL", "1"),
        ("1", "'link'", "'onboarded'", id, "1", "1"),
        ("1", "'link'", "'onboarded'", id, "NULL", "1"),
        ("1", "'link'", "'onboarded'", "NULL", "1", "1"),
        ("1", "'link'", "'onboarding'", "NULL", "NULL", "1"),
        ("1", "'link'", "'onboarding'", id, "NULL", "1"),
        ("1", "'link'", "'onboarding'", "x'01'", "1", "1"),
        ("1", "'link'", "'onboarding'", id, "9223372036854775807", "1"),
        ("1", "'link'", "'onboarded'", "NULL", "NULL", "0"),
        ("1", "'link'", "'onboarded'", "NULL", "NULL", "'one'"),
    ] {
        let stored = row(part, connector, status, attempt, expires, version);
        assert!(stored.is_err(), "{part} {connector} {status} {attempt} {expires} {version}");
    }
    row("1", "'link'", "'onboarding'", id, "1", "1").unwrap();
}

#[test]
fn the_schema_says_what_it_is() {
    let place = Place::new();
    drop(place.open());
    let number = |database: &Connection, pragma: &str| -> i64 {
        database.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap()
    };
    let database = place.outsider();
    assert_eq!(number(&database, "application_id"), 0x474e_4757);
    assert_eq!(number(&database, "user_version"), 10);
    let strict: i64 = database
        .query_row(
            "SELECT min(strict AND (wr OR name = 'secrets')) FROM pragma_table_list
             WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(strict, 1);
}
