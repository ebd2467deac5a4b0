//! What happens when something is cut short in the middle of an exchange of a code.

use std::thread;

use crate::partners::{Callback, Fault, FaultProxy, Matching, Moment, OAuthPartner, block_on};
use crate::scene::{Browser, Profile, Scene, redirect_uri, with_oauth};
use crate::support::until;

fn consented(scene: &Scene, partner: &OAuthPartner) -> (String, Browser, Callback) {
    let id = scene.partner("helpdesk");
    let attempt = scene.begin(&id);
    let callback = block_on(partner.consent(&attempt.consent_url));
    (id, attempt.browser, callback)
}

fn code_exchange() -> Matching {
    Matching::post("/token").with("grant_type=authorization_code")
}

fn nothing_lives(partner: &OAuthPartner) {
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens, usable.codes), (0, 0, 0));
}

#[test]
fn who_closes_the_browser_in_the_middle_is_connected_all_the_same() {
    for moment in [Moment::Arrived, Moment::Answered] {
        let (proxy, partner, scene) = with_oauth();
        let (id, browser, callback) = consented(&scene, &partner);
        let mut gate = proxy.hold(moment, code_exchange());
        let connection = browser.asking(&callback.target());
        block_on(gate.reached());
        drop(connection);
        gate.open();
        until("it is connected", || (scene.caller().status(&id) == "onboarded").then_some(()));
        assert_eq!(scene.prints(&["partner", "check", &id]), "the connection is good\n");
    }
}

#[test]
fn a_partner_that_takes_longer_than_a_request_may_is_connected_all_the_same() {
    let proxy = FaultProxy::start();
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).start_behind(&proxy);
    let profile = Profile::oauth2("helpdesk", partner.issuer());
    let scene = Scene::start_with("[http]\nrequest_timeout_seconds = 1", &[profile]);
    let (id, mut browser, callback) = consented(&scene, &partner);
    let mut gate = proxy.hold(Moment::Answered, code_exchange());
    browser.get(&callback.target()).is(503);
    block_on(gate.reached());
    gate.open();
    until("it is connected", || (scene.caller().status(&id) == "onboarded").then_some(()));
}

#[test]
fn tokens_that_come_after_the_disconnect_are_revoked() {
    let (proxy, partner, scene) = with_oauth();
    let (id, mut browser, callback) = consented(&scene, &partner);
    let mut gate = proxy.hold(Moment::Answered, code_exchange());
    let coming_back = thread::spawn(move || browser.get(&callback.target()));
    block_on(gate.reached());
    assert_eq!(block_on(partner.usable()).refresh_tokens, 1, "the partner has given them");
    scene.caller().disconnect(&id).is(204);
    gate.open();
    let page = coming_back.join().unwrap().is(400);
    assert!(!page.text().contains("Connected"), "{}", page.text());
    // The release of the code waits for whoever may be redeeming it, and goes on as soon as it has what came.
    scene.confirmed(&id);
    assert_eq!(scene.releases(&id).len(), 1);
    nothing_lives(&partner);
    assert_eq!(scene.caller().status(&id), "notOnboarded");
}

#[test]
fn tokens_that_came_before_the_disconnect_but_were_not_taken_yet_are_revoked() {
    let (proxy, partner, scene) = with_oauth();
    let (id, mut browser, callback) = consented(&scene, &partner);
    let mut gate = proxy.hold(Moment::Arrived, Matching::get("/me"));
    let coming_back = thread::spawn(move || browser.get(&callback.target()));
    block_on(gate.reached());
    scene.caller().disconnect(&id).is(204);
    drop(gate);
    coming_back.join().unwrap().is(502);
    scene.confirmed(&id);
    nothing_lives(&partner);
    assert_eq!(scene.caller().status(&id), "notOnboarded");
}

#[test]
fn tokens_nobody_heard_of_because_the_server_died_are_dead_after_a_disconnect() {
    for moment in [Moment::Arrived, Moment::Answered] {
        for arrives in [true, false] {
            let (proxy, partner, mut scene) = with_oauth();
            let id = killed_in_the_exchange(&proxy, &partner, &mut scene, moment, arrives);
            assert_eq!(scene.caller().status(&id), "onboarding");
            scene.caller().disconnect(&id).is(204);
            scene.start_again_when_all_is_due();
            // Nobody but this partner knows that what the code gave first died when it came again.
            let release = scene.unaccounted(&id, "codeAnswerLost");
            nothing_lives(&partner);
            assert_eq!(scene.releases(&id).len(), 1);
            let receipt = scene.receipt(&release);
            assert_eq!(receipt["calls"][0]["step"], "redeem", "{receipt}");
        }
    }
}

#[test]
fn tokens_nobody_heard_of_because_the_server_died_are_dead_after_the_attempts_time_too() {
    let (proxy, partner, mut scene) = with_oauth();
    let id = killed_in_the_exchange(&proxy, &partner, &mut scene, Moment::Answered, true);
    scene.start_again_when_all_is_late();
    until("the attempt falls back", || (scene.caller().status(&id) == "notOnboarded").then_some(()));
    scene.start_again_when_all_is_due();
    scene.unaccounted(&id, "codeAnswerLost");
    nothing_lives(&partner);
}

/// Kills the server while the partner is asked for tokens, and says the partner's id. If it does not arrive, the
/// request, or its answer, is lost together with the server.
fn killed_in_the_exchange(
    proxy: &FaultProxy,
    partner: &OAuthPartner,
    scene: &mut Scene,
    moment: Moment,
    arrives: bool,
) -> String {
    let (id, browser, callback) = consented(scene, partner);
    let mut gate = proxy.hold(moment, code_exchange());
    let _connection = browser.asking(&callback.target());
    block_on(gate.reached());
    scene.kill();
    if arrives {
        gate.open();
        until("the partner gives tokens", || (block_on(partner.usable()).refresh_tokens == 1).then_some(()));
    } else {
        drop(gate);
    }
    scene.start_again();
    id
}

#[test]
fn a_partner_whose_answer_is_lost_is_not_connected_and_what_it_gave_dies() {
    let (proxy, partner, mut scene) = with_oauth();
    let (id, mut browser, callback) = consented(&scene, &partner);
    proxy.plan(code_exchange().nth(1), Fault::LoseAnswer);
    let page = browser.get(&callback.target()).is(502);
    assert!(page.text().contains("nothing was connected"), "{}", page.text());
    assert_eq!(scene.caller().status(&id), "notOnboarded");
    assert_eq!(block_on(partner.usable()).refresh_tokens, 1);
    assert_eq!(scene.releases(&id)[0]["state"], "pending");
    scene.start_again_when_all_is_due();
    scene.unaccounted(&id, "codeAnswerLost");
    nothing_lives(&partner);
}

#[test]
fn a_partner_that_refuses_the_code_leaves_nothing_to_release() {
    let (proxy, partner, scene) = with_oauth();
    let (id, mut browser, callback) = consented(&scene, &partner);
    proxy.plan(code_exchange(), Fault::Json(400, r#"{"error":"invalid_grant"}"#.to_owned()));
    browser.get(&callback.target()).is(502);
    assert_eq!(scene.caller().status(&id), "notOnboarded");
    assert_eq!(scene.releases(&id).len(), 0);
}

#[test]
fn a_partner_that_does_not_say_whose_the_tokens_are_is_not_connected_and_they_die() {
    let (proxy, partner, scene) = with_oauth();
    let (id, mut browser, callback) = consented(&scene, &partner);
    proxy.plan(Matching::get("/me"), Fault::Status(500));
    browser.get(&callback.target()).is(502);
    scene.confirmed(&id);
    nothing_lives(&partner);
    assert_eq!(scene.caller().status(&id), "notOnboarded");
}
