//! What scripts learn from how a command ends.

use std::path::PathBuf;

use crate::partners::{
    Account, Call, Family, Fault, Introspection, Lost, OldRefreshToken, Revocation, Unruly,
};
use crate::scene::{Scene, is_dead, is_honest, name, with_family, with_family_behind};
use crate::support::{Outcome, Setup, until};

#[test]
fn a_check_of_a_connection_that_is_good_ends_with_0_and_of_one_that_is_gone_with_3() {
    let (partner, scene) = with_family(Family::default());
    let id = scene.connect("helpdesk", &partner);
    assert_eq!(scene.check(&id).code, Some(0));
    partner.end_everything();
    let checked = scene.check(&id);
    assert_eq!(checked.code, Some(3), "{checked:?}");
    assert_eq!(scene.caller().status(&id), "notOnboarded");
    is_honest(&scene, &partner, &scene.in_the_end(&id));
}

/// Such as when the client's secret was changed at the partner and not yet here.
#[track_caller]
fn refuses_us(scene: &Scene, partner: &Unruly, id: &str) {
    partner.now(|family| family.secret = "another");
    let checked = scene.check(id);
    assert_eq!(checked.code, Some(4), "{checked:?}");
    assert!(!checked.stdout.contains("good"), "{checked:?}");
    assert_eq!(scene.caller().status(id), "onboarded");
    assert!(scene.releases(id).is_empty());
    partner.now(|family| family.secret = Family::default().secret);
    assert_eq!(scene.check(id).code, Some(0));
}

#[test]
fn a_check_ends_with_4_where_introspection_refuses_the_client_and_the_access_token_works() {
    let (partner, scene) = with_family(Family::default());
    let id = scene.connect("helpdesk", &partner);
    refuses_us(&scene, &partner, &id);
}

#[test]
fn a_check_ends_with_4_where_a_refresh_is_refused_to_the_client() {
    for introspection in [Introspection::OfAll, Introspection::Absent] {
        let (partner, scene) = with_family(Family { introspection, ..Family::renewing() });
        let id = scene.connect("helpdesk", &partner);
        until("its time is over", || partner.said_time_is_over().then_some(()));
        refuses_us(&scene, &partner, &id);
    }
}

#[test]
fn a_check_ends_with_5_where_nobody_can_tell() {
    let family =
        Family { introspection: Introspection::Absent, account: Account::Absent, ..Family::default() };
    let (partner, scene) = with_family(family);
    let id = scene.connect("helpdesk", &partner);
    let checked = scene.check(&id);
    assert_eq!(checked.code, Some(5), "{checked:?}");
    assert_eq!(scene.caller().status(&id), "onboarded");
}

#[test]
fn a_check_of_what_is_not_connected_or_not_there_ends_with_1() {
    let (_partner, scene) = with_family(Family::default());
    assert_eq!(scene.check(&scene.partner("helpdesk")).code, Some(1));
    assert_eq!(scene.check("00000000-0000-4000-8000-000000000000").code, Some(1));
}

/// What 0 would say without an expectation.
const CONFIRMED_AND_NOT_EXPECTED: i32 = 6;

/// A release, and what a receipt of it is verified with.
struct Told<'a> {
    scene: &'a Scene,
    receipt: PathBuf,
}

impl<'a> Told<'a> {
    fn of(scene: &'a Scene, id: &str) -> Self {
        let receipt = scene.prints(&["release", "receipt", "--partner", id]);
        Self { scene, receipt: scene.place.file("receipt.jws", &receipt) }
    }

    fn verified(&self, arguments: &[&str]) -> Outcome {
        let setup = Setup::of(&["release", "verify"]).arg(&self.receipt).at(&self.scene.gangway.data);
        arguments.iter().fold(setup, Setup::arg).outcome()
    }

    /// Verifying it ends with this code; with 0 where this very outcome is expected, and never with 0 where another is.
    #[track_caller]
    fn says(&self, outcome: &str, code: i32) {
        let verified = self.verified(&[]);
        assert_eq!(verified.code, Some(code), "{verified:?}");
        assert!(verified.stdout.contains("signature good, key "), "{verified:?}");
        for word in ["pending", "confirmed", "unaccounted", "forced"] {
            let expecting = self.verified(&["--expect", word]);
            let code = match (word == outcome, code) {
                (true, _) => 0,
                (false, 0) => CONFIRMED_AND_NOT_EXPECTED,
                (false, code) => code,
            };
            assert_eq!(expecting.code, Some(code), "{outcome}, and {word} expected: {expecting:?}");
        }
    }
}

#[test]
fn a_receipt_of_what_is_pending_is_verified_with_3_and_of_what_is_confirmed_with_0() {
    let (proxy, partner, scene) = with_family_behind(Family::default());
    let id = scene.connect("helpdesk", &partner);
    proxy.dial(Fault::Refuse);
    scene.caller().disconnect(&id).is(204);
    scene.tried(&id);
    Told::of(&scene, &id).says("pending", 3);
    proxy.dial(Fault::Pass);
    scene.confirmed(&id);
    is_dead(&partner);
    Told::of(&scene, &id).says("confirmed", 0);
}

#[test]
fn a_receipt_of_what_was_given_up_is_verified_with_5() {
    let (proxy, partner, scene) = with_family_behind(Family::default());
    let id = scene.connect("helpdesk", &partner);
    proxy.dial(Fault::Refuse);
    scene.caller().disconnect(&id).is(204);
    let release = name(&scene.tried(&id));
    scene.prints(&["release", "force", &release, "--reason", "they are out of business"]);
    Told::of(&scene, &id).says("forced", 5);
}

#[test]
fn a_receipt_that_lacks_an_answer_is_verified_with_4() {
    let (partner, scene) = unaccounted();
    let id = scene.partner("helpdesk");
    is_honest(&scene, &partner, &scene.releases(&id));
    Told::of(&scene, &id).says("unaccounted", 4);
}

/// The release of a connection whose refresh was done, and nobody heard what it gave.
fn unaccounted() -> (Unruly, Scene) {
    let family = Family { old_refresh_token: OldRefreshToken::Lives, ..Family::renewing() };
    let (partner, scene) = with_family(Family { revocation: Revocation::OfTheToken, ..family });
    let id = scene.connect("helpdesk", &partner);
    partner.loses(Call::Refresh, Lost::AfterTheAct, 1);
    assert_ne!(scene.renew(&partner, &id).code, Some(0));
    scene.caller().disconnect(&id).is(204);
    let releases = scene.in_the_end(&id);
    assert_eq!(releases[0]["state"], "unaccounted", "{releases:?}");
    (partner, scene)
}
