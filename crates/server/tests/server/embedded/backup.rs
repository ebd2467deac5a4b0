//! `gangway backup` and `gangway restore`: nothing that was cut comes back.

use std::path::Path;

use serde_json::json;

use crate::partners::{Family, Revocation, Unruly};
use crate::scene::{Scene, is_honest, with_family};
use crate::support::{Client, Database, Gangway, Outcome, Place, Setup, until};

fn run(data: &Path, arguments: &[&str]) -> Outcome {
    Setup::of(arguments).at(data).outcome()
}

#[track_caller]
fn prints(data: &Path, arguments: &[&str]) -> String {
    let outcome = run(data, arguments);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments:?}: {outcome:?}");
    outcome.stdout
}

/// A partner that has a credential.
fn connected(gangway: &Gangway) -> String {
    let mut client = gangway.client();
    let id = client.create(&json!({}));
    client.act(&id, "beginOnboarding").is(204);
    let url = client.get(&id)["onboardingUrl"].as_str().unwrap().to_owned();
    let page = &url[url.find("/gangway/").unwrap()..];
    Client::new(gangway.address, None).send("POST", page, None).is(200);
    id
}

/// Two partners that are connected in a backup, of which one is disconnected afterwards.
struct Story {
    place: Place,
    file: String,
    sha256: String,
    cut: String,
    kept: String,
}

impl Story {
    fn told() -> Self {
        let place = Place::new();
        let gangway = Setup::dev(&place.data()).start();
        let (cut, kept) = (connected(&gangway), connected(&gangway));
        let file = place.path("copy.db").to_str().unwrap().to_owned();
        let told = prints(&place.data(), &["backup", "--to", &file]);
        assert!(told.contains("chains, all whole"), "{told}");
        let sha256 = told.lines().find_map(|line| line.strip_prefix("sha256 ")).unwrap().to_owned();
        gangway.client().disconnect(&cut).is(204);
        until("its release is over", || {
            prints(&place.data(), &["release", "list", "--partner", &cut])
                .contains("confirmed since")
                .then_some(())
        });
        gangway.stop();
        Self { place, file, sha256, cut, kept }
    }

    fn restore(&self, arguments: &[&str]) -> Outcome {
        let all = [&["restore", "--from", &self.file, "--sha256", &self.sha256], arguments].concat();
        run(&self.place.data(), &all)
    }
}

#[test]
fn what_was_cut_after_a_backup_is_cut_when_it_is_restored_and_so_is_the_rest() {
    let story = Story::told();
    let data = story.place.data();
    let told = story.restore(&["--connections", "cut", "--replace"]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{told:?}");
    assert!(told.stdout.contains("3 connections were cut"), "the seeded one too: {told:?}");
    let gangway = Setup::dev(&data).start();
    for id in [&story.cut, &story.kept] {
        assert_eq!(gangway.client().status(id), "notOnboarded");
        assert!(Database::read(&data).activities(id).contains(&"disconnect".to_owned()));
        until("the release goes on with what was in the backup", || {
            let list = prints(&data, &["release", "list", "--partner", id]);
            list.contains("unaccounted since").then_some(())
        });
    }
    assert!(Database::read(&data).secrets().is_empty(), "destroyed once more");
    prints(&data, &["audit", "verify"]);
}

#[test]
fn connections_are_kept_if_the_operator_says_so() {
    let story = Story::told();
    let told = story.restore(&["--connections", "keep", "--replace"]);
    assert!(told.stdout.contains("3 connections were kept"), "{told:?}");
    let gangway = Setup::dev(&story.place.data()).start();
    assert_eq!(gangway.client().status(&story.cut), "onboarded");
    assert_eq!(gangway.client().status(&story.kept), "onboarded");
}

#[test]
fn who_restores_has_to_say_what_becomes_of_connections_and_that_the_database_goes() {
    let story = Story::told();
    let data = story.place.data();
    let unsaid = story.restore(&["--replace"]);
    assert!(unsaid.code == Some(2) && unsaid.stderr.contains("--connections"), "{unsaid:?}");
    story.restore(&["--connections", "cut"]).stderr.contains("--replace").then_some(()).unwrap();
    assert_eq!(Database::read(&data).status(&story.cut.replace('-', "")), "notOnboarded");
    let gangway = Setup::dev(&data).start();
    story.restore(&["--connections", "cut", "--replace"]).is_refused_naming(&["in use by another Gangway"]);
    assert_eq!(gangway.client().status(&story.kept), "onboarded");
}

#[test]
fn a_backup_becomes_a_data_directory_of_its_own() {
    let story = Story::told();
    let elsewhere = story.place.path("elsewhere");
    let restore = || run(&elsewhere, &["restore", "--from", &story.file, "--connections", "keep"]);
    restore().is_refused_naming(&["the audit is not proven by the audit key", "`gangway audit new-key`"]);
    std::fs::copy(story.place.data().join("audit.key"), elsewhere.join("audit.key")).unwrap();
    let told = restore();
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{told:?}");
    let of_it: Vec<_> =
        std::fs::read_dir(&elsewhere).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(of_it.len(), 3, "the database, its lock and the audit's key, and no other: {of_it:?}");
}

/// A connection that was refreshed after a backup, which is restored.
fn refreshed_since(fate: &str) -> (Unruly, Scene, String) {
    let (partner, mut scene) =
        with_family(Family { revocation: Revocation::OfTheToken, ..Family::renewing() });
    let id = scene.connect("helpdesk", &partner);
    let file = scene.place.path("copy.db").to_str().unwrap().to_owned();
    scene.prints(&["backup", "--to", &file]);
    let known = partner.minted().len();
    assert_eq!(scene.renew(&partner, &id).code, Some(0));
    scene.stop();
    partner.nobody_heard_after(known);
    let told = scene.prints(&["restore", "--from", &file, "--connections", fate, "--replace"]);
    assert!(told.contains("1 connections were"), "{told}");
    scene.start_again();
    (partner, scene, id)
}

#[test]
fn what_was_refreshed_after_a_backup_is_not_confirmed_when_it_is_restored() {
    for fate in ["cut", "keep"] {
        let (partner, scene, id) = refreshed_since(fate);
        if fate == "keep" {
            scene.check(&id);
            if scene.caller().status(&id) == "onboarded" {
                scene.caller().disconnect(&id).is(204);
            }
        }
        is_honest(&scene, &partner, &scene.in_the_end(&id));
        scene.unaccounted(&id, "changedSinceBackup");
        assert!(!partner.alive().is_empty(), "{fate}: what the backup does not know lives");
    }
}

#[test]
fn what_is_connected_after_a_restore_is_confirmed() {
    let (partner, scene, id) = refreshed_since("cut");
    scene.unaccounted(&id, "changedSinceBackup");
    let lost = partner.alive();
    scene.connect("helpdesk", &partner);
    assert_eq!(scene.renew(&partner, &id).code, Some(0));
    scene.caller().disconnect(&id).is(204);
    scene.confirmed(&id);
    let left: Vec<_> = partner.alive().into_iter().map(|token| token.text).collect();
    assert!(left.iter().all(|text| lost.iter().any(|token| token.text == *text)), "{left:?}");
}

#[test]
fn a_database_that_was_put_back_by_hand_can_be_told_so() {
    let (partner, mut scene) =
        with_family(Family { revocation: Revocation::OfTheToken, ..Family::renewing() });
    let id = scene.connect("helpdesk", &partner);
    let file = scene.place.path("copy.db");
    scene.prints(&["backup", "--to", file.to_str().unwrap()]);
    assert_eq!(scene.renew(&partner, &id).code, Some(0));
    scene.run(&["db", "restored"]).is_refused_naming(&["in use by another Gangway"]);
    scene.stop();
    std::fs::copy(&file, scene.gangway.data.join("gangway.db")).unwrap();
    assert!(scene.prints(&["db", "restored"]).contains("is marked as restored"));
    scene.start_again();
    scene.caller().disconnect(&id).is(204);
    scene.unaccounted(&id, "changedSinceBackup");
}
