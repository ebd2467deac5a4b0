//! A database that goes away and comes back.

use std::time::{Duration, Instant};

use gangway_private_postgres::{Durability, Server};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Client, ONBOARDED, PARTNERS, Place, Setup, until};

/// The processes of a server.
fn processes(server: &Server) -> Vec<Pid> {
    let file = std::fs::read_to_string(server.data().join("postmaster.pid")).unwrap();
    let main = file.lines().next().unwrap();
    let children = std::fs::read_to_string(format!("/proc/{main}/task/{main}/children")).unwrap();
    let ids = children.split_whitespace().chain([main]);
    ids.map(|id| Pid::from_raw(id.parse().unwrap()).unwrap()).collect()
}

fn signal(signal: Signal, processes: &[Pid]) {
    for process in processes {
        kill_process(*process, signal).unwrap();
    }
}

/// It is answered 503 with `Retry-After`, and in time.
#[track_caller]
fn fails_fast(client: &mut Client, path: &str) {
    let begun = Instant::now();
    let answer = client.send("GET", path, None).asks_to_come_back();
    assert!(answer.header("retry-after").is_some());
    assert!(begun.elapsed() < Duration::from_millis(2500), "{path}: {:?}", begun.elapsed());
}

#[test]
fn a_database_that_answers_nothing_is_503_at_once_and_used_again_when_it_comes_back() {
    let server = Server::start(Durability::None, &[]);
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).env("GANGWAY_STORE__URL", server.new_database()).start();
    let mut client = gangway.client();
    assert_eq!(client.status(ONBOARDED), "onboarded");
    let all = processes(&server);
    signal(Signal::STOP, &all);
    let one = format!("{PARTNERS}/{ONBOARDED}");
    for _ in 0..3 {
        fails_fast(&mut client, &one);
    }
    let (status, why) = gangway.readyz();
    assert!(status == 503 && why.starts_with("store: "), "{status} {why}");
    assert_eq!(gangway.page("/healthz").status, 200);
    client.disconnect(ONBOARDED).asks_to_come_back();

    signal(Signal::CONT, &all);
    until("it is used again", || (gangway.readyz().0 == 200).then_some(()));
    client.disconnect(ONBOARDED).is(204);
    assert_eq!(client.status(ONBOARDED), "notOnboarded");
}

#[test]
fn a_database_that_is_gone_is_503_at_once() {
    let server = Server::start(Durability::None, &[]);
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).env("GANGWAY_STORE__URL", server.new_database()).start();
    let mut client = gangway.client();
    assert_eq!(client.list().len(), 2);
    drop(server);
    until("it is gone", || (gangway.readyz().0 == 503).then_some(()));
    fails_fast(&mut client, &format!("{PARTNERS}/{ONBOARDED}"));
    fails_fast(&mut client, PARTNERS);
    assert_eq!(gangway.page("/healthz").status, 200);
    assert_eq!(gangway.stop().code, Some(0), "it stops all the same");
}
