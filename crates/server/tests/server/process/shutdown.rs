//! The end of a server that is asked to stop.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::support::{Client, Connection, Database, Gangway, ONBOARDED, PARTNERS, Place, Setup, until};

fn refuses_connections(address: SocketAddr) {
    until("new connections are refused", || Connection::try_open(address).is_err().then_some(()));
}

/// A create whose body has come by half.
fn half_a_create(client: &Client, name: &str) -> (Connection, String) {
    let body = json!({"displayName": name, "onboardingStatus": "onboarded"}).to_string();
    let (first, second) = body.split_at(body.len() / 2);
    let head = client.head("POST", PARTNERS, None);
    let kind = "content-type: application/json\r\nexpect: 100-continue\r\n";
    let mut connection = Connection::open(client.address());
    connection.write(format!("{head}{kind}content-length: {}\r\n\r\n", body.len())).unwrap();
    connection.waits_for_the_body();
    connection.write(first).unwrap();
    (connection, second.to_owned())
}

fn requests_under_way_are_answered_before(signal: Signal) {
    let place = Place::new();
    let mut gangway = Setup::dev(&place.data()).start();
    let client = gangway.client();
    let (mut waiting, rest) = half_a_create(&client, "Made at the end");
    client.another().disconnect(ONBOARDED).is(204);

    gangway.signal(signal);
    refuses_connections(gangway.address);
    gangway.stays(Duration::from_millis(300));
    waiting.write(rest).unwrap();
    let created = waiting.answer().unwrap().is(201);
    assert!(waiting.is_closed());
    assert_eq!(gangway.ended().code(), Some(0));

    refuses_connections(gangway.address);
    refuses_connections(gangway.admin);
    let database = Database::left_behind(&place);
    assert_eq!(database.status(created.json()["id"].as_str().unwrap()), "onboarded");
    assert_eq!(database.status(ONBOARDED), "notOnboarded");
}

#[test]
fn sigterm_lets_requests_under_way_end() {
    requests_under_way_are_answered_before(Signal::TERM);
}

#[test]
fn sigint_lets_requests_under_way_end() {
    requests_under_way_are_answered_before(Signal::INT);
}

#[test]
fn connections_that_only_wait_do_not_hold_up_the_end() {
    let place = Place::new();
    let mut gangway = Setup::dev(&place.data()).start();
    let mut client = gangway.client();
    client.list();
    let mut silent = Connection::open(gangway.address);
    let mut admin = Connection::to_admin(gangway.admin);
    admin.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    admin.answer().unwrap().is(200);
    let begun = Instant::now();
    gangway.signal(Signal::TERM);
    assert_eq!(gangway.ended().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(silent.is_closed());
}

#[test]
fn a_request_that_never_ends_is_cut_off_after_the_drain_and_changes_nothing() {
    let place = Place::new();
    let mut gangway = Setup::dev(&place.data()).env("GANGWAY_HTTP__DRAIN_TIMEOUT_SECONDS", "1").start();
    let client = gangway.client();
    let (mut waiting, _rest) = half_a_create(&client, "Never made");
    assert_eq!(client.another().list().len(), 2);
    let begun = Instant::now();
    gangway.signal(Signal::TERM);
    assert_eq!(gangway.ended().code(), Some(0));
    assert!((900..8000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert!(waiting.is_closed());
    assert_eq!(Database::left_behind(&place).partners().len(), 2);
}

#[test]
fn every_204_answered_while_the_server_is_stopped_is_kept() {
    let place = Place::new();
    let mut gangway = Setup::dev(&place.data()).start();
    let mut client = gangway.client();
    let ids: Vec<_> = (0..400).map(|_| client.onboarded()).collect();
    let cut: Vec<&String> = std::thread::scope(|scope| {
        let callers: Vec<_> = ids
            .chunks(50)
            .map(|ids| {
                let caller = client.another();
                scope.spawn(move || disconnected_until_refused(caller, ids))
            })
            .collect();
        until("some are cut", || {
            (Database::read(&place.data()).partners().values().filter(|p| p.disconnects > 0).count() > 20)
                .then_some(())
        });
        gangway.signal(Signal::TERM);
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(gangway.ended().code(), Some(0));
    let database = Database::left_behind(&place);
    for id in cut {
        assert_eq!(database.status(id), "notOnboarded");
        assert_eq!(database.activities(id)[..2], ["create", "disconnect"]);
    }
}

/// Those that were answered 204. A 503 is no promise, and neither is silence.
fn disconnected_until_refused(mut caller: Client, ids: &[String]) -> Vec<&String> {
    let disconnected = |id: &&String| {
        let path = format!("{PARTNERS}/{id}/disconnect");
        caller.try_send("POST", &path, None).is_ok_and(|answer| answer.status == 204)
    };
    ids.iter().take_while(disconnected).collect()
}

#[test]
fn a_server_that_was_stopped_starts_again_with_everything() {
    let place = Place::new();
    let setup = Setup::dev(&place.data());
    let stopped: Gangway = setup.start();
    let mut client = stopped.client();
    let id = client.onboarded();
    client.disconnect(ONBOARDED).is(204);
    assert_eq!(stopped.stop().code, Some(0));
    let gangway = setup.start();
    let mut client = gangway.client();
    assert_eq!(client.list().len(), 3);
    assert_eq!(client.status(&id), "onboarded");
    assert_eq!(client.status(ONBOARDED), "notOnboarded", "the start does not seed again");
}
