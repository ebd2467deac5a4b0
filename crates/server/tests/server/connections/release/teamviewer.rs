//! A disconnect of `TeamViewer`, where only a token that lives can be revoked.

use crate::partners::TeamViewerStandIn;
use crate::scene::{Scene, spelled, with_teamviewer};
use crate::support::until;

const ONE_PAIR: &str = r#"["accessTokenRefused","refreshTokenRefused"]"#;

/// Of the code, and of a refresh in the release.
const TWO_PAIRS: &str =
    r#"["accessTokenRefused","accessTokenRefused","refreshTokenRefused","refreshTokenRefused"]"#;

fn evidence(scene: &Scene, id: &str) -> String {
    scene.receipt(&scene.confirmed(id))["evidence"]["proofs"].to_string()
}

fn nothing_lives(partner: &TeamViewerStandIn) {
    assert_eq!(partner.live_access_tokens(), <[String; 0]>::default());
    assert_eq!(partner.live_refresh_tokens(), <[String; 0]>::default());
}

#[test]
fn a_token_that_lives_is_revoked_and_the_refresh_token_is_seen_to_be_refused() {
    let (proxy, partner, scene) = with_teamviewer();
    let id = scene.connect("teamviewer", &partner);
    let before = proxy.requests().len();
    scene.caller().disconnect(&id).is(204);
    assert_eq!(evidence(&scene, &id), ONE_PAIR);
    nothing_lives(&partner);
    assert_eq!(partner.revocations(), 1);
    let asked: Vec<_> = proxy.requests()[before..].iter().map(spelled).collect();
    let in_order =
        ["POST /api/v1/OAuth2/revoke", "GET /api/v1/ping", "POST /api/v1/OAuth2/token refresh_token"];
    assert_eq!(asked, in_order);
}

#[test]
fn a_token_that_has_run_out_is_replaced_so_that_there_is_one_to_revoke() {
    for status in [401, 400] {
        let (proxy, partner, scene) = with_teamviewer();
        partner.habits(|habits| (habits.access_seconds, habits.dead_token_status) = (1, status));
        let id = scene.connect("teamviewer", &partner);
        until("the access token runs out", || partner.live_access_tokens().is_empty().then_some(()));
        let before = proxy.requests().len();
        scene.caller().disconnect(&id).is(204);
        assert_eq!(evidence(&scene, &id), TWO_PAIRS);
        nothing_lives(&partner);
        assert_eq!(partner.revocations(), 1);
        let asked: Vec<_> = proxy.requests()[before..].iter().take(3).map(spelled).collect();
        // That it was alive is what makes it a proof that it is refused later.
        let in_order =
            ["POST /api/v1/OAuth2/token refresh_token", "GET /api/v1/ping", "POST /api/v1/OAuth2/revoke"];
        assert_eq!(asked, in_order);
    }
}

#[test]
fn a_token_that_is_dead_before_its_time_is_replaced_too() {
    for status in [401, 400] {
        let (_proxy, partner, scene) = with_teamviewer();
        partner.habits(|habits| habits.dead_token_status = status);
        let id = scene.connect("teamviewer", &partner);
        partner.expire_access_tokens();
        scene.caller().disconnect(&id).is(204);
        assert_eq!(evidence(&scene, &id), TWO_PAIRS);
        nothing_lives(&partner);
        assert_eq!(partner.revocations(), 1);
    }
}

#[test]
fn a_grant_that_survives_the_revocation_is_not_said_to_be_dead_until_it_is() {
    let (_proxy, partner, scene) = with_teamviewer();
    partner.habits(|habits| habits.revocation_ends_the_grant = false);
    let id = scene.connect("teamviewer", &partner);
    scene.caller().disconnect(&id).is(204);
    let release = scene.tried(&id);
    assert_eq!(release["state"], "pending", "{release}");
    assert!(!partner.live_refresh_tokens().is_empty());
    assert!(partner.live_access_tokens().is_empty(), "what was taken to find that out is revoked");
    partner.remove_the_app();
    evidence(&scene, &id);
    nothing_lives(&partner);
    // However often fresh tokens were taken, each has a proof of its own: it was refused.
    let receipt = scene.receipt(&scene.releases(&id)[0]);
    let tokens = receipt["tokens"].as_array().unwrap();
    assert!(tokens.len() >= 4, "{receipt}");
    for token in tokens {
        let refused = format!("{}Refused", token["kind"].as_str().unwrap());
        assert_eq!(token["proof"], refused, "{receipt}");
    }
}

#[test]
fn an_app_that_was_removed_at_the_partner_is_seen_to_be_dead() {
    let (_proxy, partner, scene) = with_teamviewer();
    let id = scene.connect("teamviewer", &partner);
    partner.remove_the_app();
    scene.caller().disconnect(&id).is(204);
    assert_eq!(evidence(&scene, &id), ONE_PAIR);
    assert_eq!(partner.revocations(), 0);
}
