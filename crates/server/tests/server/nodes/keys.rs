use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::cluster::Cluster;
use crate::support::{Gangway, ONBOARDED, Outcome, Place, Setup, until};

fn rotate(node: &Gangway) -> Outcome {
    Setup::of(&["keys", "rotate"]).at(&node.data).outcome()
}

fn ids(file: &std::path::Path) -> Vec<String> {
    let json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    json["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn keys_are_rotated_under_servers_that_share_the_file() {
    let cluster = Cluster::start(2);
    let old = ids(cluster.keys());
    let done = rotate(&cluster.nodes[0]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
    let new = ids(cluster.keys());
    assert_eq!((new.len(), &new[1..]), (2, &old[..]));
    let status = cluster.status();
    assert_eq!(status.matches(&format!("seals with {}", new[0])).count(), 2, "{status}");
    let mut clients = cluster.clients();
    clients[1].disconnect(ONBOARDED).is(204);
    // What it was sealed under does not matter to who comes later.
    assert_eq!(cluster.setup(2).start().readyz().0, 200);
}

#[test]
fn a_key_that_not_every_server_has_seals_nothing_and_those_that_lack_it_are_named() {
    let mut cluster = Cluster::start(1);
    let old = ids(cluster.keys());
    let place = Place::new();
    let copy = place.path("copy.json");
    std::fs::copy(cluster.keys(), &copy).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o600)).unwrap();
    let setup = cluster.setup(1).env("GANGWAY_VAULT__KEY_FILE", &copy);
    cluster.nodes.push(setup.start());
    let refused = rotate(&cluster.nodes[0]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("do not have it: node-1"), "{refused:?}");
    let found = ids(cluster.keys());
    assert_eq!((found.len(), &found[0]), (2, &old[0]), "the new key is there and seals nothing");

    std::fs::copy(cluster.keys(), &copy).unwrap();
    let done = rotate(&cluster.nodes[0]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(ids(cluster.keys())[0], found[1], "it is the same key");
    assert!(done.stdout.contains("still sealing with another key: node-1"), "{done:?}");
    std::fs::copy(cluster.keys(), &copy).unwrap();
    until("both seal with it", || {
        (cluster.status().matches(&format!("seals with {}", found[1])).count() == 2).then_some(())
    });
}

#[test]
fn a_server_without_the_others_keys_is_refused_and_told_which_it_lacks() {
    let cluster = Cluster::start(1);
    let place = Place::new();
    let other = place.path("other.json");
    Setup::of(&["keys", "generate"]).arg(&other).outcome();
    let outcome = cluster.setup(1).env("GANGWAY_VAULT__KEY_FILE", &other).outcome();
    outcome.is_refused_naming(&["Give every node the same keys", &ids(cluster.keys())[0]]);
}

#[test]
fn a_server_over_a_database_needs_a_key_and_is_told_how_to_make_one() {
    let place = Place::new();
    let file = place.file("gangway.toml", "[[identity.issuers]]\nissuer = \"http://127.0.0.1:9/\"\n");
    let setup = Setup::config(&file, &place.data()).env("GANGWAY_VAULT__KEY", "");
    setup.outcome().is_refused_naming(&["gangway keys generate", "vault.key_file"]);
}
