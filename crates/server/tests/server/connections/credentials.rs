//! What partners give is in nobody's hands but the vault's, and is gone when it has done its work.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::partners::{Fault, FaultProxy, OAuthPartner, TeamViewerStandIn, block_on};
use crate::scene::{OTHER_TENANT, Profile, Scene, TENANT, Tokens, name, redirect_uri, with_oauth};

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The files of the data directory in which this is. A file may go while others are looked through.
pub(crate) fn files_with(data: &Path, part: &[u8]) -> Vec<PathBuf> {
    let mut files = files_below(data);
    files.retain(|file| fs::read(file).is_ok_and(|bytes| has(&bytes, part)));
    files
}

/// Everything the server says to anybody, but for what it tells the partner and the browser.
fn all_it_says(scene: &Scene, id: &str) -> String {
    let mut said = vec![scene.gangway.log(), scene.gangway.page("/metrics").text().to_owned()];
    said.push(scene.operator().get(&format!("partners/{TENANT}/{id}/disconnect")).text().to_owned());
    said.push(scene.operator().get("releases").text().to_owned());
    said.push(json!(scene.caller().get(id)).to_string());
    for release in scene.releases(id) {
        said.push(scene.operator().get(&format!("releases/{}", name(&release))).text().to_owned());
        let receipt = scene.prints(&["release", "receipt", &name(&release)]);
        for part in receipt.trim().split('.').take(2) {
            said.push(String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap());
        }
    }
    said.concat()
}

#[track_caller]
fn tells_nobody(scene: &Scene, id: &str, secrets: &[String]) {
    let said = all_it_says(scene, id);
    for (number, secret) in secrets.iter().enumerate() {
        assert!(secret.len() > 16, "too short to look for: {secret}");
        assert!(!said.contains(secret), "secret {number} is told: {said}");
        let files = files_with(&scene.gangway.data, secret.as_bytes());
        assert!(files.is_empty(), "secret {number} is in {files:?}");
    }
}

#[test]
fn what_an_oauth_partner_gives_is_in_no_file_no_log_and_no_answer() {
    let proxy = FaultProxy::start();
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).start_behind(&proxy);
    let profile = Profile::oauth2("helpdesk", partner.issuer());
    let scene = Scene::start_with("[log]\nfilter = \"trace\"", &[profile]);
    let id = scene.connect("helpdesk", &partner);
    let tokens = Tokens::of(&scene, &proxy, TENANT, &id);
    let exchange = proxy.requests().into_iter().find(|request| request.path() == "/token").unwrap();
    let given = ["code", "code_verifier"].map(|field| exchange.form()[field].clone());
    let header = exchange.header("authorization").unwrap().to_owned();
    let secrets = [&given[..], &[tokens.access, tokens.refresh, header]].concat();
    tells_nobody(&scene, &id, &secrets);
    scene.caller().disconnect(&id).is(204);
    scene.confirmed(&id);
    tells_nobody(&scene, &id, &secrets);
}

#[test]
fn what_teamviewer_gives_is_in_no_file_no_log_and_no_answer() {
    let partner = TeamViewerStandIn::start(&redirect_uri("teamviewer"));
    let profile = Profile::teamviewer("teamviewer", &partner.url());
    let scene = Scene::start_with("[log]\nfilter = \"trace\"", &[profile]);
    let id = scene.connect("teamviewer", &partner);
    let secrets = [partner.live_access_tokens(), partner.live_refresh_tokens()].concat();
    tells_nobody(&scene, &id, &[&secrets[..], &[TeamViewerStandIn::SECRET.to_owned()]].concat());
    scene.caller().disconnect(&id).is(204);
    scene.confirmed(&id);
    tells_nobody(&scene, &id, &secrets);
}

fn keys(scene: &Scene) -> Vec<String> {
    let file: Value = serde_json::from_slice(&fs::read(scene.place.path("keys.json")).unwrap()).unwrap();
    let ids = file["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned());
    ids.collect()
}

#[test]
fn keys_are_rotated_under_a_running_server_and_nobody_notices() {
    let (proxy, partner, mut scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let other = scene.connect_as(OTHER_TENANT, "helpdesk", &partner);
    proxy.dial(Fault::Refuse);
    scene.caller_of(OTHER_TENANT).disconnect(&other).is(204);
    scene.tried(&other);
    let (old, sealed) = (keys(&scene), scene.database().secrets());

    let told = scene.prints(&["keys", "rotate"]);
    let new = keys(&scene);
    assert_eq!((old.len(), &new[1..]), (1, &old[..]), "the new key comes first");
    // Servers that share a store have sealed keys there as well: for paging, for receipts and for the audit.
    let secrets = if crate::ON_POSTGRES { 5 } else { 2 };
    let expected = format!("key {} seals from now on; {secrets} secrets were rewrapped", new[0]);
    assert!(told.starts_with(&expected), "{told}");
    let rewrapped = scene.database().secrets();
    assert!(rewrapped.iter().all(|secret| !sealed.contains(secret)), "none is as it was");

    proxy.dial(Fault::Pass);
    scene.confirmed(&other);
    assert_eq!(scene.prints(&["partner", "check", &id]), "the connection is good\n");
    scene.start_again();
    assert_eq!(scene.prints(&["partner", "check", &id]), "the connection is good\n");
    scene.caller().disconnect(&id).is(204);
    scene.confirmed(&id);
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens), (0, 0));
}
