use std::time::{Duration, Instant};

use super::cluster::{Cluster, beside};
use crate::partners::{Fault, block_on};
use crate::scene::{Operator, with_oauth};
use crate::support::backend::{database_for, psql};
use crate::support::{Place, Setup, until};

#[test]
fn parts_are_shared_out_among_the_servers_and_taken_over_when_one_stops() {
    let mut cluster = Cluster::start(3);
    cluster.is_balanced();
    let gone = cluster.nodes.remove(2);
    let begun = Instant::now();
    assert_eq!(gone.stop().code, Some(0));
    assert!(!cluster.status().contains("node-2"), "it has given its row back");
    cluster.is_balanced();
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}: its leases were not given back",
        begun.elapsed()
    );
}

#[test]
fn the_releases_of_a_server_that_is_killed_are_finished_by_another() {
    let (proxy, partner, mut scene) = with_oauth();
    let place = Place::new();
    let mut other = beside(&scene, &place, "other");
    let url = database_for(&scene.gangway.data).unwrap();
    let held = || {
        psql(&url, "SELECT count(*) FROM leases JOIN nodes ON leases.node = nodes.node WHERE name = 'other'")
    };
    until("the other has its share", || (held() == "128\n").then_some(()));

    let id = scene.connect("helpdesk", &partner);
    proxy.dial(Fault::Refuse);
    scene.caller().disconnect(&id).is(204);
    scene.tried(&id);
    let holder = psql(
        &url,
        "SELECT name FROM releases JOIN leases ON leases.part = releases.part JOIN nodes ON nodes.node = leases.node",
    );
    let left = if holder == "other\n" {
        other.kill();
        &scene.gangway
    } else {
        scene.gangway.kill();
        &other
    };
    let begun = Instant::now();
    proxy.dial(Fault::Pass);
    until("another has finished it", || {
        let releases = Operator::of(left).get("releases").is(200).json();
        (releases["value"][0]["state"] == "confirmed").then_some(())
    });
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens), (0, 0));
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert_eq!(psql(&url, "SELECT count(*) FROM audit_events WHERE activity = 'confirmRelease'"), "1\n");
}

#[test]
fn the_status_of_a_database_names_its_servers_and_a_database_without_any_says_so() {
    let cluster = Cluster::start(1);
    let status = cluster.status();
    for told in [
        ", up to date; servers that know schema ",
        "node-0  Gangway ",
        "serves since ",
        "256 parts",
        "seals with ",
    ] {
        assert!(status.contains(told), "{told}: {status}");
    }
    assert!(!status.contains("private:"), "no password: {status}");
    let url = cluster.url.clone();
    drop(cluster.nodes.into_iter().map(crate::support::Gangway::stop).collect::<Vec<_>>());
    let told = Setup::of(&["db", "status"]).env("GANGWAY_STORE__URL", &url).outcome();
    assert!(told.stdout.contains("no server has the database open"), "{told:?}");
    let again = Setup::of(&["db", "migrate", "--store", &url]).outcome();
    assert!(again.code == Some(0) && again.stdout.contains(" is up to date"), "{again:?}");
}
