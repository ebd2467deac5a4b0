//! Whoever runs the server is told what holds a release up, and what to do about it.

use serde_json::Value;

use crate::partners::{Account, Family, Fault, FaultProxy, Introspection, Revocation, Unruly};
use crate::scene::{Scene, is_dead, with_family_behind};

/// A connection of such a partner is cut after this was done to it; says how the release is when it was tried.
fn held_up(family: Family, disturb: impl FnOnce(&FaultProxy, &Unruly)) -> (FaultProxy, Unruly, Scene, Value) {
    let (proxy, partner, scene) = with_family_behind(family);
    let id = scene.connect("helpdesk", &partner);
    disturb(&proxy, &partner);
    scene.caller().disconnect(&id).is(204);
    let release = scene.tried_or_over(&id);
    (proxy, partner, scene, release)
}

#[track_caller]
fn names(release: &Value, obstacle: &str) {
    assert_eq!(release["obstacle"], obstacle, "{release}");
    let help = release["help"].as_str().unwrap_or_else(|| panic!("no help: {release}"));
    assert!(help.trim().len() > 10, "{help:?} helps nobody");
}

/// When what was done to it is undone, it is confirmed, and nothing is in its way any more.
#[track_caller]
fn is_over(scene: &Scene, partner: &Unruly) {
    let release = scene.confirmed(&scene.partner("helpdesk"));
    is_dead(partner);
    assert!(release["obstacle"].is_null(), "{release}");
}

#[test]
fn a_partner_that_is_not_there_is_unreachable() {
    let (proxy, partner, scene, release) = held_up(Family::default(), |proxy, _| proxy.dial(Fault::Refuse));
    names(&release, "unreachable");
    proxy.dial(Fault::Pass);
    is_over(&scene, &partner);
}

#[test]
fn a_partner_that_wants_another_secret_refuses_us() {
    for introspection in [Introspection::OfAll, Introspection::Absent] {
        let family = Family { introspection, ..Family::default() };
        let (_proxy, partner, scene, release) =
            held_up(family, |_, partner| partner.now(|family| family.secret = "another"));
        names(&release, "refusesUs");
        partner.now(|family| family.secret = Family::default().secret);
        is_over(&scene, &partner);
    }
}

#[test]
fn a_token_that_outlives_its_revocation_is_still_alive() {
    let family = Family { revocation: Revocation::Never, ..Family::default() };
    let (_proxy, partner, scene, release) = held_up(family, |_, _| {});
    names(&release, "stillAlive");
    partner.end_everything();
    is_over(&scene, &partner);
}

#[test]
fn a_partner_that_shows_nothing_of_its_access_tokens_leaves_no_proof() {
    let family =
        Family { introspection: Introspection::Absent, account: Account::Absent, ..Family::default() };
    let (_proxy, _partner, _scene, release) = held_up(family, |_, _| {});
    names(&release, "noProof");
}
