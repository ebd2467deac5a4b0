//! The server dies in the middle of a release, at every call to the partner: before the partner acts, and when it has
//! acted and nobody knows.

use crate::partners::{FaultProxy, Matching, Moment, TeamViewerStandIn, block_on};
use crate::scene::{Scene, TENANT, Tokens, with_oauth, with_teamviewer};
use crate::support::until;

const REFRESH_LOST: &str = "refreshAnswerLost";

/// Cuts the partner off, kills the server when this call is there, and starts it again.
fn killed_at(scene: &mut Scene, proxy: &FaultProxy, tenant: &str, id: &str, moment: Moment, call: &Matching) {
    let mut gate = proxy.hold(moment, call.clone());
    scene.caller_of(tenant).disconnect(id).is(204);
    block_on(gate.reached());
    scene.kill();
    // What was sent is on its way, whether or not its sender is there.
    gate.open();
    scene.start_again();
}

fn dies_at_every_call_of_a_release(moment: Moment) {
    let (proxy, partner, mut scene) = with_oauth();
    let hint = |path, hint: &str| Matching::post(path).with(&format!("token_type_hint={hint}_token"));
    let calls = [
        hint("/revocation", "refresh"),
        hint("/revocation", "access"),
        hint("/introspection", "refresh"),
        hint("/introspection", "access"),
        Matching::get("/me"),
        Matching::post("/token").with("grant_type=refresh_token"),
    ];
    for (number, call) in calls.iter().enumerate() {
        let tenant = format!("aaaabbbb-0000-cccc-1111-{number:012x}");
        let id = scene.connect_as(&tenant, "helpdesk", &partner);
        let tokens = Tokens::of(&scene, &proxy, &tenant, &id);
        killed_at(&mut scene, &proxy, &tenant, &id, moment, call);
        // Of a refresh nobody knows what it gave.
        let is_refresh = number == calls.len() - 1;
        let release = if is_refresh { scene.unaccounted(&id, REFRESH_LOST) } else { scene.confirmed(&id) };
        assert_eq!(tokens.alive(&partner), 0, "{moment:?} {call:?}");
        assert_eq!(scene.releases(&id).len(), 1, "{moment:?} {call:?}");
        let proofs = scene.receipt(&release)["evidence"]["proofs"].to_string();
        // Whatever introspection says, the refresh token is used before that is believed.
        assert_eq!(proofs, r#"["accessTokenRefused","refreshTokenRefused"]"#, "{moment:?} {call:?}");
        let activities = scene.database().activities(&id);
        let ends = if is_refresh { "endRelease" } else { "confirmRelease" };
        assert_eq!(activities[3..], ["disconnect", ends], "{moment:?} {call:?}");
        let usable = block_on(partner.usable());
        assert_eq!((usable.access_tokens, usable.refresh_tokens), (0, 0), "{moment:?} {call:?}");
    }
    assert_eq!(scene.run(&["audit", "verify", "--config", &scene.config()]).code, Some(0));
}

#[test]
fn a_server_that_dies_before_the_partner_acts_begins_that_release_again() {
    dies_at_every_call_of_a_release(Moment::Arrived);
}

#[test]
fn a_server_that_dies_when_the_partner_has_acted_finds_out_what_came_of_it() {
    dies_at_every_call_of_a_release(Moment::Answered);
}

/// Every call there is with `TeamViewer`, where a token has to be alive to be revoked.
#[test]
fn a_server_that_dies_while_it_releases_teamviewer_leaves_no_token_that_lives() {
    let calls = [Matching::post("/OAuth2/revoke"), Matching::get("/ping"), refresh()];
    for moment in [Moment::Arrived, Moment::Answered] {
        for call in &calls {
            let (proxy, partner, mut scene) = with_teamviewer();
            let id = scene.connect("teamviewer", &partner);
            killed_at(&mut scene, &proxy, TENANT, &id, moment, call);
            let proofs = is_released(&scene, &partner, &id, *call == refresh());
            assert_eq!(proofs, ["accessTokenRefused", "refreshTokenRefused"], "{moment:?} {call:?}");
        }
    }
}

/// Where a refresh gives no other refresh token, one whose answer nobody heard can be had again.
#[test]
fn a_server_that_dies_while_it_takes_a_fresh_token_to_revoke_takes_another() {
    for moment in [Moment::Arrived, Moment::Answered] {
        let (proxy, partner, mut scene, id) = with_teamviewer_whose_token_has_run_out(false);
        killed_at(&mut scene, &proxy, TENANT, &id, moment, &refresh());
        let proofs = is_released(&scene, &partner, &id, true);
        // Of the code, and of the refresh whose answer was heard.
        let refused = ["accessTokenRefused", "accessTokenRefused", "refreshTokenRefused"];
        assert_eq!(proofs, refused, "{moment:?}");
    }
}

#[test]
fn fresh_tokens_are_kept_before_they_are_used_so_that_a_server_that_dies_then_still_has_them() {
    let (proxy, partner, mut scene, id) = with_teamviewer_whose_token_has_run_out(true);
    let mut gate = proxy.hold(Moment::Arrived, Matching::post("/OAuth2/revoke"));
    scene.caller().disconnect(&id).is(204);
    block_on(gate.reached());
    scene.kill();
    drop(gate);
    assert_eq!((partner.live_access_tokens().len(), partner.live_refresh_tokens().len()), (1, 1));
    scene.start_again();
    let proofs = is_released(&scene, &partner, &id, false);
    let refused = ["accessTokenRefused", "accessTokenRefused", "refreshTokenRefused", "refreshTokenRefused"];
    assert_eq!(proofs, refused, "of the code, and of the refresh");
}

fn with_teamviewer_whose_token_has_run_out(rotates: bool) -> (FaultProxy, TeamViewerStandIn, Scene, String) {
    let (proxy, partner, scene) = with_teamviewer();
    partner.habits(|habits| (habits.access_seconds, habits.rotates) = (1, rotates));
    let id = scene.connect("teamviewer", &partner);
    until("the access token runs out", || partner.live_access_tokens().is_empty().then_some(()));
    partner.habits(|habits| habits.access_seconds = 3600);
    (proxy, partner, scene, id)
}

fn refresh() -> Matching {
    Matching::post("/OAuth2/token").with("grant_type=refresh_token")
}

/// Where the answer to a refresh was lost, it is not confirmed: another partner might have let its token live. Says what proves
/// that each token is dead, sorted.
fn is_released(scene: &Scene, partner: &TeamViewerStandIn, id: &str, answer_lost: bool) -> Vec<String> {
    let release = if answer_lost { scene.unaccounted(id, REFRESH_LOST) } else { scene.confirmed(id) };
    let receipt = scene.receipt(&release);
    assert!(answer_lost || receipt["missing"].as_array().is_none_or(Vec::is_empty), "{receipt}");
    assert!(partner.live_access_tokens().is_empty() && partner.live_refresh_tokens().is_empty());
    assert_eq!(scene.releases(id).len(), 1);
    assert_eq!(partner.revocations(), 1);
    let proofs = receipt["evidence"]["proofs"].as_array().unwrap().iter();
    let mut proofs: Vec<_> = proofs.map(|proof| proof.as_str().unwrap().to_owned()).collect();
    proofs.sort_unstable();
    proofs
}
