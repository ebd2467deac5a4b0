//! Nothing that a configuration or a partner says leads into the network Gangway runs in, unless its operator says so.

use crate::partners::{Fault, FaultProxy, Matching, OAuthPartner, Trap, block_on};
use crate::scene::{Browser, PUBLIC_URL, Profile, Scene, redirect_uri, with_oauth};
use crate::support::{Place, Setup};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn a_profile_that_leads_into_our_own_network_stops_the_start_and_says_what_would_allow_it() {
    let trap = Trap::start();
    let profiles = [
        Profile::oauth2("helpdesk", &trap.url()),
        Profile::oauth2("helpdesk", &trap.url().replace("http:", "https:")),
        Profile::teamviewer("helpdesk", &trap.url()),
        Profile::teamviewer("helpdesk", "https://10.0.0.1"),
        Profile::teamviewer("helpdesk", "http://partner.example"),
    ];
    for profile in profiles {
        let place = Place::new();
        let file = format!(
            "public_url = \"{PUBLIC_URL}\"\n[[identity.issuers]]\nissuer = \"http://127.0.0.1:9/\"\n{}",
            profile.without("allow_private_addresses").toml()
        );
        let setup = Setup::config(&place.file("gangway.toml", &file), &place.data());
        let setup =
            setup.env("OAUTH_SECRET", "s").env("TEAMVIEWER_SECRET", "s").env("GANGWAY_VAULT__KEY", KEY);
        setup.outcome().is_refused_naming(&["profiles[helpdesk]", "allow_private_addresses = true allows"]);
    }
    trap.is_untouched();
}

#[test]
fn nothing_allows_a_profile_to_lead_to_where_clouds_keep_their_credentials() {
    let place = Place::new();
    let file = format!(
        "public_url = \"{PUBLIC_URL}\"\n[[identity.issuers]]\nissuer = \"http://127.0.0.1:9/\"\n{}",
        Profile::teamviewer("helpdesk", "https://169.254.169.254").toml()
    );
    let setup = Setup::config(&place.file("gangway.toml", &file), &place.data());
    let setup = setup.env("TEAMVIEWER_SECRET", "s").env("GANGWAY_VAULT__KEY", KEY);
    setup.outcome().is_refused_naming(&["profiles[helpdesk]", "a link-local address"]);
}

#[test]
fn a_name_that_leads_to_this_machine_is_not_called_and_the_log_says_what_would_allow_it() {
    let trap = Trap::start();
    let issuer = trap.url().replace("http://127.0.0.1", "https://localhost");
    let scene = Scene::start(&[Profile::oauth2("helpdesk", &issuer).without("allow_private_addresses")]);
    let id = scene.partner("helpdesk");
    let mut caller = scene.caller();
    caller.act(&id, "beginOnboarding").is(204);
    let url = caller.get(&id)["onboardingUrl"].as_str().unwrap().to_owned();
    let page = Browser::new(scene.gangway.address).get(&url).is(502);
    assert!(!page.text().contains("localhost") && !page.text().contains("127.0.0.1"), "{}", page.text());
    scene.logs(&["loopback", "allow_private_addresses = true allows it"]);
    trap.is_untouched();
}

#[test]
fn a_partner_that_points_elsewhere_is_not_followed() {
    let (proxy, partner, scene) = with_oauth();
    let trap = Trap::start();
    let id = scene.partner("helpdesk");
    let mut caller = scene.caller();
    let to = |path: &str| Fault::Redirect(302, format!("{}{path}", trap.url()));
    proxy.plan(Matching::get("/.well-known/"), to("/.well-known/openid-configuration"));
    caller.act(&id, "beginOnboarding").is(204);
    let url = caller.get(&id)["onboardingUrl"].as_str().unwrap().to_owned();
    Browser::new(scene.gangway.address).get(&url).is(502);
    proxy.forget_plans();
    for path in ["/token", "/me"] {
        let mut attempt = scene.begin(&id);
        let callback = block_on(partner.consent(&attempt.consent_url));
        proxy.dial(Fault::Pass);
        let matching = if path == "/me" { Matching::get(path) } else { Matching::post(path) };
        proxy.plan(matching, to(path));
        attempt.browser.get(&callback.target()).is(502);
        proxy.forget_plans();
    }
    trap.is_untouched();
    scene.connect("helpdesk", &partner);
}

#[test]
fn a_description_of_another_issuer_is_not_believed() {
    let proxy = FaultProxy::start();
    let partner = OAuthPartner::setup(&redirect_uri("helpdesk")).start_behind(&proxy);
    let issuer = proxy.url().replace("127.0.0.1", "localhost");
    let scene = Scene::start(&[Profile::oauth2("helpdesk", &issuer)]);
    let id = scene.partner("helpdesk");
    scene.caller().act(&id, "beginOnboarding").is(204);
    let url = scene.caller().get(&id)["onboardingUrl"].as_str().unwrap().to_owned();
    Browser::new(scene.gangway.address).get(&url).is(502);
    scene.logs(&["discovery: the description is of another issuer"]);
    drop(partner);
}
