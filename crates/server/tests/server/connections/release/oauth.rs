//! A disconnect of a partner that speaks OAuth 2.0: its grant is dead, and there is proof.

use std::collections::HashSet;

use serde_json::Value;

use crate::partners::{Fault, FaultProxy, Matching, Moment, OAuthPartner, block_on};
use crate::scene::{Profile, Scene, TENANT, Tokens, redirect_uri, spelled, with_oauth};

#[test]
fn a_disconnect_ends_with_a_dead_grant_at_the_partner() {
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let tokens = Tokens::of(&scene, &proxy, TENANT, &id);
    assert_eq!(tokens.alive(&partner), 2);
    let before = proxy.requests().len();

    scene.caller().disconnect(&id).is(204);
    assert_eq!(scene.caller().status(&id), "notOnboarded");
    let release = scene.confirmed(&id);

    assert_eq!(tokens.alive(&partner), 0, "the oracle says that they live");
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens, usable.codes), (0, 0, 0));
    let asked: Vec<_> = proxy.requests()[before..].iter().map(spelled).collect();
    let in_order = [
        "POST /token/revocation refresh_token",
        "POST /token/revocation access_token",
        "POST /token/introspection refresh_token",
        "POST /token/introspection access_token",
        "GET /me",
        "POST /token refresh_token",
    ];
    assert_eq!(asked, in_order);
    assert_eq!(release["tries"], 1);
    let evidence = scene.receipt(&release)["evidence"]["proofs"].to_string();
    assert_eq!(evidence, r#"["accessTokenRefused","refreshTokenRefused"]"#);
    let activities = ["create", "beginOnboarding", "completeOnboarding", "disconnect", "confirmRelease"];
    assert_eq!(scene.database().activities(&id), activities);
}

#[test]
fn a_partner_that_revokes_one_token_at_a_time_is_told_of_both() {
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).revoking_one_token().start();
    let scene = Scene::start(&[Profile::oauth2("helpdesk", partner.issuer())]);
    let id = scene.connect("helpdesk", &partner);
    scene.caller().disconnect(&id).is(204);
    scene.confirmed(&id);
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens), (0, 0));
}

#[test]
fn a_partner_that_is_connected_anew_while_the_old_grant_dies_keeps_its_new_one() {
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let old = Tokens::of(&scene, &proxy, TENANT, &id);
    let mut gate = proxy.hold(Moment::Arrived, Matching::post("/revocation"));
    scene.caller().disconnect(&id).is(204);
    block_on(gate.reached());
    scene.connect("helpdesk", &partner);
    let new = Tokens::of(&scene, &proxy, TENANT, &id);
    gate.open();
    scene.confirmed(&id);
    assert_eq!((old.alive(&partner), new.alive(&partner)), (0, 2));
    assert_eq!(scene.caller().status(&id), "onboarded");
    assert_eq!(scene.prints(&["partner", "check", &id]), "the connection is good\n");
}

#[test]
fn that_a_partner_says_it_revoked_proves_nothing() {
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    proxy.plan(Matching::post("/revocation"), Fault::Json(200, "{}".to_owned()));
    scene.caller().disconnect(&id).is(204);
    let release = scene.tried(&id);
    assert_eq!(
        (&release["lastAnswer"], &release["obstacle"]),
        (&"probe: HTTP 200".into(), &"stillAlive".into())
    );
    let calls = scene.receipt(&release)["calls"].take();
    let is_alive = |call: &&Value| call["step"] == "probe" && call["answer"] == "HTTP 200 active";
    let alive: HashSet<_> =
        calls.as_array().unwrap().iter().filter(is_alive).map(|call| &call["token"]).collect();
    assert_eq!(alive.len(), 2, "both are asked about, and live: {calls}");
    proxy.forget_plans();
    scene.confirmed(&id);
    assert_eq!(block_on(partner.usable()).refresh_tokens, 0);
}

/// Such as when the client's secret was changed at the partner and not yet here.
#[test]
fn that_a_partner_refuses_us_does_not_prove_that_it_would_refuse_the_token() {
    let proxy = FaultProxy::start();
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).without_introspection().revoking_one_token();
    let partner = partner.start_behind(&proxy);
    let scene = Scene::start(&[Profile::oauth2("helpdesk", partner.issuer())]);
    let id = scene.connect("helpdesk", &partner);
    let refused = || Fault::Json(401, r#"{"error":"invalid_client"}"#.to_owned());
    proxy.plan(Matching::post("/revocation").with("hint=refresh_token"), refused());
    proxy.plan(Matching::post("/token").with("grant_type=refresh_token"), refused());
    scene.caller().disconnect(&id).is(204);
    assert_eq!(scene.tried(&id)["lastAnswer"], "refresh: HTTP 401 invalid_client");
    assert_eq!(block_on(partner.usable()).refresh_tokens, 1);
    proxy.forget_plans();
    let evidence = scene.receipt(&scene.confirmed(&id))["evidence"]["proofs"].to_string();
    assert_eq!(evidence, r#"["accessTokenRefused","refreshTokenRefused"]"#);
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens), (0, 0));
}
