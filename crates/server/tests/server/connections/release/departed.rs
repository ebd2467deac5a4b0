//! What is released although nothing in the service or its configuration knows it any more.

use crate::partners::{Fault, TeamViewerStandIn};
use crate::scene::{Profile, Scene, TENANT, Tokens, redirect_uri, with_oauth};
use crate::support::PARTNERS;

#[test]
fn a_partner_that_is_deleted_is_released_without_its_row() {
    let (proxy, partner, scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let tokens = Tokens::of(&scene, &proxy, TENANT, &id);
    proxy.dial(Fault::Refuse);
    scene.caller().send("DELETE", &format!("{PARTNERS}/{id}"), None).is(204);
    assert!(scene.caller().list().is_empty());
    scene.tried(&id);
    assert!(scene.prints(&["release", "list", "--pending"]).contains(&format!("helpdesk ({id})")));
    proxy.dial(Fault::Pass);
    scene.confirmed(&id);
    assert_eq!(tokens.alive(&partner), 0);
    assert!(scene.caller().list().is_empty(), "it does not come back");
}

#[test]
fn a_profile_that_is_taken_out_of_the_configuration_is_cut_and_its_grants_die() {
    let (proxy, partner, mut scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let tokens = Tokens::of(&scene, &proxy, TENANT, &id);
    scene.start_again_with("", &[]);
    scene.confirmed(&id);
    assert_eq!(tokens.alive(&partner), 0);
    assert_eq!(scene.caller().status(&id), "notOnboarded");
    let refused = scene.caller().act(&id, "beginOnboarding").is(400);
    assert!(refused.text().contains("the profile it belongs to is not in the server's configuration"));
    assert_eq!(scene.caller().status(&id), "notOnboarded");
    scene.logs(&["WARN", "profile=\"helpdesk\"", "partners=1"]);
    let actors = scene.database().events(&id, "actor");
    assert!(actors[3].contains("gangway"), "{actors:?}");
}

#[test]
fn a_tenant_that_is_not_served_any_more_is_cut_and_its_grants_die() {
    let (proxy, partner, mut scene) = with_oauth();
    let id = scene.connect("helpdesk", &partner);
    let tokens = Tokens::of(&scene, &proxy, TENANT, &id);
    let profiles = [Profile::oauth2("helpdesk", partner.issuer())];
    let tables = "[identity]\ntenants = [\"cccccccc-0000-cccc-1111-dddd2222eeee\"]";
    scene.start_again_with(tables, &profiles);
    scene.confirmed(&id);
    assert_eq!(tokens.alive(&partner), 0);
    assert_eq!(scene.database().status(&id), "notOnboarded");
    scene.logs(&["WARN", &format!("tenant={TENANT}"), "partners=1"]);
}

#[test]
fn a_release_that_is_pending_goes_on_when_its_profile_is_gone() {
    let partner = TeamViewerStandIn::start(&redirect_uri("teamviewer"));
    let mut scene = Scene::start(&[Profile::teamviewer("teamviewer", &partner.url())]);
    let id = scene.connect("teamviewer", &partner);
    partner.habits(|habits| habits.revocation_ends_the_grant = false);
    scene.caller().disconnect(&id).is(204);
    scene.tried(&id);
    partner.habits(|habits| habits.revocation_ends_the_grant = true);
    scene.kill();
    assert!(!partner.live_refresh_tokens().is_empty());
    scene.start_again_with("", &[]);
    scene.confirmed(&id);
    assert!(partner.live_access_tokens().is_empty() && partner.live_refresh_tokens().is_empty());
}
