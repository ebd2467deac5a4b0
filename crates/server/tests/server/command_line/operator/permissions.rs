//! Who may do what on the admin listener.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::partners::{Fault, TeamViewerStandIn};
use crate::scene::{OTHER_TENANT, Profile, Scene, TENANT, WRITE, name, redirect_uri, token, with_oauth};
use crate::support::{Gangway, Setup};

const READ_RELEASES: &str = "Gangway.Releases.Read.All";
const WRITE_RELEASES: &str = "Gangway.Releases.ReadWrite.All";

/// A server with a pending release of each of two tenants, by name.
fn started() -> (crate::partners::FaultProxy, crate::partners::OAuthPartner, Scene, String, String) {
    let (proxy, partner, scene) = with_oauth();
    let names = [TENANT, OTHER_TENANT].map(|tenant| {
        let id = scene.connect_as(tenant, "helpdesk", &partner);
        proxy.dial(Fault::Refuse);
        scene.caller_of(tenant).disconnect(&id).is(204);
        let release = name(&scene.tried(&id));
        proxy.dial(Fault::Pass);
        scene.confirmed(&id);
        release
    });
    let [own, other] = names;
    (proxy, partner, scene, own, other)
}

#[test]
fn nobody_sees_a_release_without_a_token_that_says_so() {
    let (_proxy, _partner, scene, own, _) = started();
    let (operator, paths) = (
        scene.operator(),
        ["releases".to_owned(), format!("releases/{own}"), format!("releases/{own}/receipt")],
    );
    let forged = "0".repeat(64);
    for path in &paths {
        let refused = operator.without_token().get(path).is(401);
        assert!(refused.message().contains("admin.json"), "{}", refused.message());
        operator.with_token(&forged).get(path).is(401);
        operator.with_token("").get(path).is(401);
        let refused = operator.with_token(&token(TENANT, WRITE)).get(path).is(403);
        assert!(refused.message().contains(READ_RELEASES), "{}", refused.message());
        operator.get(path).is(200);
    }
}

#[test]
fn who_may_see_releases_sees_those_of_their_own_tenant_and_changes_none() {
    let (_proxy, _partner, scene, own, other) = started();
    let reader = scene.operator().with_token(&token(TENANT, READ_RELEASES));
    let seen = |answer: crate::support::Answer| {
        let list = answer.is(200).json()["value"].as_array().unwrap().clone();
        list.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(seen(reader.get("releases")), [own.as_str()]);
    assert_eq!(seen(reader.get(&format!("releases?tenant={TENANT}"))), [own.as_str()]);
    reader.get(&format!("releases?tenant={OTHER_TENANT}")).is(404);
    reader.get(&format!("releases/{own}")).is(200);
    reader.get(&format!("releases/{own}/receipt")).is(200);
    for tail in ["", "/receipt"] {
        reader.get(&format!("releases/{other}{tail}")).is(404);
    }
    let mixed = format!("{TENANT}/{}", other.split('/').nth(1).unwrap());
    reader.get(&format!("releases/{mixed}")).is(404);
    let reason = json!({"reason": "because"});
    reader.post(&format!("releases/{own}/force"), &reason).is(403);
    reader.post(&format!("releases/{other}/force"), &reason).is(403);
    let writer = scene.operator().with_token(&token(TENANT, WRITE_RELEASES));
    writer.post(&format!("releases/{other}/force"), &reason).is(404);
    assert_eq!(seen(scene.operator().get("releases")), [other, own]);
}

#[test]
fn keys_and_the_simulated_partner_are_the_operators_alone() {
    let (_proxy, _partner, scene, ..) = started();
    let everything = format!("{WRITE} {WRITE_RELEASES}");
    let writer = scene.operator().with_token(&token(TENANT, &everything));
    for (path, body) in [("keys/rotate", json!({})), ("simulated", json!({"behaviour": "busy"}))] {
        scene.operator().without_token().post(path, &body).is(401);
        let refused = writer.post(path, &body).is(403);
        assert!(refused.message().contains("only the operator"), "{}", refused.message());
    }
}

#[test]
fn a_partner_is_cut_or_looked_at_by_its_own_tenants_only() {
    let partner = TeamViewerStandIn::start(&redirect_uri("teamviewer"));
    let scene = Scene::start(&[Profile::teamviewer("teamviewer", &partner.url())]);
    let id = scene.connect("teamviewer", &partner);
    let path = format!("partners/{TENANT}/{id}/disconnect");
    let with = |tenant, permission| scene.operator().with_token(&token(tenant, permission));
    with(TENANT, WRITE).get(&path).is(403);
    with(TENANT, READ_RELEASES).post(&path, &json!({})).is(403);
    for permission in [READ_RELEASES, WRITE_RELEASES] {
        with(OTHER_TENANT, permission).get(&path).is(404);
    }
    with(OTHER_TENANT, WRITE_RELEASES).post(&path, &json!({})).is(404);
    with(OTHER_TENANT, WRITE_RELEASES).post(&format!("partners/{TENANT}/{id}/check"), &json!({})).is(404);
    assert_eq!(scene.caller().status(&id), "onboarded");
    with(TENANT, READ_RELEASES).get(&path).is(200);
    with(TENANT, WRITE_RELEASES).post(&path, &json!({})).is(204);
    scene.confirmed(&id);
}

#[test]
fn the_operators_token_is_in_a_file_for_its_owner_and_another_at_every_start() {
    let place = crate::support::Place::new();
    let setup = Setup::dev(&place.data());
    let told = |gangway: &Gangway| {
        let file = gangway.data.join("admin.json");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::read_to_string(file).unwrap()
    };
    let gangway = setup.start_with_open_umask();
    let first = told(&gangway);
    assert!(!gangway.log().contains(first.split('"').nth(7).unwrap()));
    gangway.stop();
    let second = told(&setup.start());
    assert_ne!(first.split('"').nth(7), second.split('"').nth(7));
}
