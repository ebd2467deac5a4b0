use std::time::{Duration, Instant};

use rusqlite::Connection as Sqlite;

use crate::support::{Client, Database, Place, Setup};

/// A second for the lock, two for a place in the queue, and some for a busy machine.
const BOUND: Duration = Duration::from_secs(5);

fn refused_in_time(client: &mut Client, id: &str) {
    let begun = Instant::now();
    client.disconnect(id).asks_to_come_back();
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
}

#[test]
fn a_database_another_program_has_locked_is_503_in_time_still_reads_and_recovers() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let mut client = gangway.client();
    let ids: Vec<_> = (0..20).map(|_| client.onboarded()).collect();
    let other = Sqlite::open(place.data().join("gangway.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();

    refused_in_time(&mut client, &ids[0]);
    assert_eq!(client.status(&ids[0]), "onboarded", "reads go on");
    std::thread::scope(|scope| {
        for id in &ids {
            let mut caller = client.another();
            scope.spawn(move || refused_in_time(&mut caller, id));
        }
    });
    let (status, why) = gangway.readyz();
    assert!(status == 503 && why.starts_with("store: "), "{status} {why}");

    other.execute_batch("ROLLBACK").unwrap();
    for id in &ids {
        assert_eq!(client.status(id), "onboarded", "a 503 changes nothing");
        client.disconnect(id).is(204);
    }
    let database = Database::read(&place.data());
    assert!(ids.iter().all(|id| database.activities(id)[..2] == ["create", "disconnect"]));
}

#[test]
fn a_lock_that_goes_in_time_is_only_waited_for() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let mut client = gangway.client();
    let id = client.onboarded();
    let other = Sqlite::open(place.data().join("gangway.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    std::thread::scope(|scope| {
        let disconnecting = scope.spawn(|| client.another().disconnect(&id).is(204));
        std::thread::sleep(Duration::from_millis(200));
        assert!(!disconnecting.is_finished(), "it was answered before it could be committed");
        other.execute_batch("ROLLBACK").unwrap();
    });
    assert_eq!(Database::read(&place.data()).activities(&id)[..2], ["create", "disconnect"]);
}
