//! What is only so where one server has one file.

use std::collections::BTreeSet;
use std::fs;

use crate::command_line::audit::verified;
use crate::connections::credentials::files_with;
use crate::connections::secrets::real;
use crate::partners::{Fault, block_on};
use crate::scene::with_oauth;
use crate::support::{Database, Place, Setup, until};

/// Parts of a sealed secret, so that a piece of it is found as well; what it is filled up with is none of it.
fn parts(sealed: &[u8]) -> impl Iterator<Item = &[u8]> {
    sealed.chunks_exact(32).filter(|part| part.iter().collect::<BTreeSet<_>>().len() > 16)
}

#[test]
fn a_sealed_credential_is_destroyed_as_soon_as_its_release_is_confirmed() {
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let sealed = Database::read(&scene.gangway.data).secrets();
    assert_eq!(sealed.len(), 1, "the attempt's is gone, the credential's is there");
    let is_there = || parts(&sealed[0]).any(|part| !files_with(&scene.gangway.data, part).is_empty());
    assert!(parts(&sealed[0]).count() > 5 && is_there());
    proxy.dial(Fault::Refuse);
    scene.caller().disconnect(&id).is(204);
    scene.tried(&id);
    assert!(is_there(), "it is still needed");
    proxy.dial(Fault::Pass);
    scene.confirmed(&id);
    until("it is in no file any more", || (!is_there()).then_some(()));
    assert_eq!(Database::read(&scene.gangway.data).secrets().len(), 0);
}

#[test]
fn a_credential_whose_key_is_missing_waits_for_it_and_says_so() {
    let (_proxy, partner, mut scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let file = scene.place.path("keys.json");
    let kept = fs::read(&file).unwrap();
    scene.kill();
    fs::remove_file(&file).unwrap();
    Setup::of(&["keys", "generate"]).arg(&file).outcome();
    scene.start_again();
    scene.caller().disconnect(&id).is(204);
    let release = scene.tried(&id);
    assert!(release["lastAnswer"].as_str().unwrap().starts_with("prepare: "), "{release}");
    // Meanwhile it can be connected and cut anew, by the key there is.
    scene.connect("helpdesk", &partner);
    scene.caller().disconnect(&id).is(204);
    scene.confirmed(&id);
    assert_eq!(block_on(partner.usable()).refresh_tokens, 1);

    scene.kill();
    fs::write(&file, kept).unwrap();
    scene.start_again_when_all_is_due();
    let all_over = || scene.releases(&id).iter().all(|release| release["state"] == "confirmed").then_some(());
    until("the older one is confirmed too", all_over);
    assert_eq!(block_on(partner.usable()).refresh_tokens, 0);
}

#[test]
fn a_server_without_a_key_starts() {
    let place = Place::new();
    assert_eq!(real(&place, "").start().stop().code, Some(0));
    assert!(!place.data().join("vault-keys.json").exists());
}

#[test]
fn where_there_is_no_database_nothing_is_verified_and_none_is_made() {
    let place = Place::new();
    let (code, output, error) = verified(&place, &[]);
    assert_eq!((code, output.as_str()), (Some(1), ""));
    assert!(error.contains("gangway.db") && error.lines().count() == 1, "{error}");
    assert!(!place.data().exists());
}

#[test]
fn where_there_is_no_database_nothing_is_exported_and_no_file_is_made() {
    let place = Place::new();
    let file = place.path("audit.jsonl");
    let setup = Setup::of(&["audit", "export", "--to"]).arg(&file).at(&place.data());
    setup.outcome().is_refused_naming(&["gangway.db"]);
    assert!(!file.exists() && !place.data().exists());
}
