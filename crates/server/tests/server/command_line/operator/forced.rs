//! Giving up on a release.

use crate::partners::{Fault, block_on};
use crate::scene::{OTHER_TENANT, TENANT, Tokens, name, with_oauth};
use crate::support::until;

#[test]
fn a_release_is_given_up_with_a_reason_and_says_what_is_left_to_do_by_hand() {
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    proxy.dial(Fault::Refuse);
    scene.caller().disconnect(&id).is(204);
    let release = name(&scene.tried(&id));
    assert_eq!(scene.run(&["release", "force", &release]).code, Some(2), "a reason has to be given");
    for (reason, wrong) in [("  ", "1 to 1000"), ("a\nb", "one line")] {
        let refused = scene.run(&["release", "force", &release, "--reason", reason]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(wrong), "{refused:?}");
    }
    assert_eq!(scene.releases(&id)[0]["state"], "pending");

    let told = scene.prints(&["release", "force", &release, "--reason", "they are out of business"]);
    for part in [
        "given up at ",
        "by the operator: the grant may still live",
        "reason    they are out of business",
        &format!("by hand   Sign in to helpdesk ({})", partner.issuer()),
        "client id gangway",
        "The credential is destroyed here",
    ] {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
    let again = scene.run(&["release", "force", &release, "--reason", "again"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_eq!(scene.database().activities(&id).last().map(String::as_str), Some("forceRelease"));
    until("its credential is destroyed", || scene.database().secrets().is_empty().then_some(()));
}

#[test]
fn a_release_that_was_given_up_is_never_tried_again() {
    let (proxy, partner, mut scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let tokens = Tokens::of(&scene, &proxy, TENANT, &id);
    proxy.dial(Fault::Refuse);
    scene.caller().disconnect(&id).is(204);
    let release = name(&scene.tried(&id));
    scene.prints(&["release", "force", &release, "--reason", "because"]);
    proxy.dial(Fault::Pass);
    let before = proxy.requests().len();
    for _ in 0..2 {
        let other = scene.connect_as(OTHER_TENANT, "helpdesk", &partner);
        scene.caller_of(OTHER_TENANT).disconnect(&other).is(204);
        scene.confirmed(&other);
        scene.start_again();
    }
    let said_of_it = |text: &str| text.contains(&tokens.refresh) || text.contains(&tokens.access);
    assert!(!proxy.requests()[before..].iter().any(|request| said_of_it(&request.text())));
    assert_eq!(tokens.alive(&partner), 2, "as it was told");
    assert_eq!(block_on(partner.usable()).refresh_tokens, 1);
    assert_eq!(scene.releases(&id)[0]["state"], "forced");
    assert!(scene.gangway.page("/metrics").text().contains("gangway_releases_pending 0"));
}
