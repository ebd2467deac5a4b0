//! What became of a release can be listed, shown and proved to others.

use crate::scene::{Browser, Scene, name, with_oauth};
use crate::support::Setup;

/// A server with one release that is confirmed, and how commands name it.
fn released() -> (crate::partners::OAuthPartner, Scene, String, String) {
    let (_proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    scene.caller().disconnect(&id).is(204);
    let release = name(&scene.confirmed(&id));
    (partner, scene, id, release)
}

#[test]
fn the_release_of_a_partner_is_listed_and_shown_with_every_call_and_answer() {
    let (_partner, scene, id, release) = released();
    let list = scene.prints(&["release", "list"]);
    assert!(list.starts_with(&format!("{release}\n  confirmed since ")), "{list}");
    assert!(list.contains(&format!("helpdesk ({id}), tries: 1\n")), "{list}");
    assert_eq!(scene.prints(&["release", "list", "--pending"]), "no releases\n");
    let shown = scene.prints(&["release", "show", &release]);
    for part in [
        "account   admin of Contoso (admin)",
        "asked     ",
        "by user 11111111-aaaa-4000-8000-000000000001",
        "outcome   confirmed at ",
        "accessTokenRefused, refreshTokenRefused",
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    let token = |kind: &str| {
        let mut lines = shown.lines().filter(|line| line.contains(&format!(" {kind}, from code: ")));
        let line = lines.next().unwrap_or_else(|| panic!("no {kind} in {shown}"));
        line.split_whitespace().nth(1).unwrap()
    };
    let (access, refresh) = (token("accessToken"), token("refreshToken"));
    let calls = [
        format!(" revokeRefreshToken {refresh}: HTTP 200"),
        format!(" revokeAccessToken {access}: HTTP 200"),
        format!(" probe {refresh}: HTTP 200 inactive"),
        format!(" probe {access}: HTTP 200 inactive"),
        format!(" probe {access}: HTTP 401 invalid_token"),
        format!(" refresh {refresh}: HTTP 400 invalid_grant"),
    ];
    let told: Vec<_> = shown.lines().filter(|line| line.starts_with("call ")).collect();
    assert_eq!(told.len(), calls.len(), "{shown}");
    for (line, call) in told.iter().zip(&calls) {
        assert!(line.ends_with(call), "{line:?} is not {call:?}");
    }
}

#[test]
fn a_receipt_is_believed_by_whoever_has_the_public_keys_and_only_as_it_was_signed() {
    let (_partner, scene, id, release) = released();
    let receipt = scene.prints(&["release", "receipt", &release]);
    let keys = Browser::new(scene.gangway.address).get("/gangway/v1/receipts/keys").is(200);
    assert_eq!(keys.header("content-type"), Some("application/jwk-set+json"));
    let keys = scene.place.file("public.json", keys.text());
    let verify = |jws: &str| {
        let file = scene.place.file("receipt.jws", jws);
        Setup::of(&["release", "verify"]).arg(file).arg("--keys").arg(&keys).outcome()
    };
    let by_partner = scene.prints(&["release", "receipt", "--partner", &id]);
    for receipt in [&receipt, &by_partner] {
        let verified = verify(receipt);
        assert_eq!((verified.code, verified.stderr.as_str()), (Some(0), ""), "{verified:?}");
        for part in ["signature good, key ", "outcome   confirmed at ", release.split('/').nth(1).unwrap()] {
            assert!(verified.stdout.contains(part), "no {part:?} in {}", verified.stdout);
        }
    }
    for at in [receipt.len() / 2, receipt.find('.').unwrap() + 5, receipt.len() - 30] {
        let mut tampered = receipt.clone();
        let other = if &tampered[at..=at] == "A" { "B" } else { "A" };
        tampered.replace_range(at..=at, other);
        verify(&tampered).is_refused_naming(&["receipt.jws"]);
    }
}

#[test]
fn the_receipt_of_what_is_not_dead_yet_says_so() {
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    proxy.dial(crate::partners::Fault::Refuse);
    scene.caller().disconnect(&id).is(204);
    let release = name(&scene.tried(&id));
    let receipt = scene.prints(&["release", "receipt", &release]);
    let file = scene.place.file("receipt.jws", &receipt);
    let verified = Setup::of(&["release", "verify"]).arg(file).at(&scene.gangway.data).outcome();
    assert!(verified.stdout.contains("outcome   pending: the grant may still live"), "{verified:?}");
    let list = scene.prints(&["release", "list", "--pending"]);
    for part in
        ["\n  last answer: probe: could not connect", "\n  unreachable: The partner cannot be reached"]
    {
        assert!(list.contains(part), "no {part:?} in {list}");
    }
}
