//! How an administrator connects a partner, step by step.

mod interrupted;
mod refused;

use std::collections::BTreeMap;

use url::Url;

use crate::partners::{OAuthPartner, block_on};
use crate::scene::{Consents as _, PUBLIC_URL, Profile, Scene, redirect_uri};
use crate::support::{BETA, PARTNERS};

fn started() -> (OAuthPartner, Scene) {
    let partner = OAuthPartner::start(&redirect_uri("helpdesk"));
    let scene = Scene::start(&[Profile::oauth2("helpdesk", partner.issuer())]);
    (partner, scene)
}

#[test]
fn a_tenants_first_look_shows_a_partner_for_each_profile_and_no_more_the_second_time() {
    let (_partner, scene) = started();
    for _ in 0..2 {
        let list = scene.caller().list();
        assert_eq!(list.len(), 1, "{list:?}");
        assert_eq!(list[0]["displayName"], "helpdesk");
        assert_eq!(list[0]["onboardingStatus"], "notOnboarded");
    }
}

#[test]
fn an_administrator_is_sent_to_the_partner_consents_and_comes_back_connected() {
    let (partner, scene) = started();
    let (mut caller, id) = (scene.caller(), scene.partner("helpdesk"));
    let before = caller.send("GET", &format!("{BETA}/{id}"), None).is(200).json();
    assert_eq!(before["onboardingRequestExpiryDateTime"], "0001-01-01T00:00:00Z");

    let mut attempt = scene.begin(&id);
    assert_eq!(caller.status(&id), "onboarding");
    let onboarding = caller.send("GET", &format!("{BETA}/{id}"), None).is(200).json();
    let expiry = onboarding["onboardingRequestExpiryDateTime"].as_str().unwrap().to_owned();
    assert!(expiry.starts_with("20"), "{expiry}");
    let stable = caller.send("GET", &format!("{PARTNERS}/{id}"), None).is(200).json();
    assert_eq!(stable.get("onboardingRequestExpiryDateTime"), None);

    let callback = partner.consents(&attempt.consent_url);
    let page = attempt.browser.get(&callback.target()).is(200);
    assert!(page.text().contains("admin of Contoso</b> (admin)"), "{}", page.text());
    assert!(attempt.browser.cookies.is_empty(), "the cookie has done its work");
    assert_eq!(caller.status(&id), "onboarded");
    let after = caller.send("GET", &format!("{BETA}/{id}"), None).is(200).json();
    assert_eq!(after["onboardingRequestExpiryDateTime"], "0001-01-01T00:00:00Z");
    let usable = block_on(partner.usable());
    assert_eq!((usable.access_tokens, usable.refresh_tokens, usable.codes), (1, 1, 0));
    assert_eq!(scene.database().activities(&id), ["create", "beginOnboarding", "completeOnboarding"]);
    assert_eq!(scene.prints(&["partner", "check", &id]), "the connection is good\n");
}

#[test]
fn what_is_asked_of_the_partner_is_bound_to_this_attempt_this_browser_and_this_redirect_uri() {
    let (_partner, scene) = started();
    let id = scene.partner("helpdesk");
    let (first, second) = (scene.begin(&id), scene.begin(&id));
    let asked = |url: &str| {
        let url = Url::parse(url).unwrap();
        url.query_pairs().into_owned().collect::<BTreeMap<_, _>>()
    };
    let (one, other) = (asked(&first.consent_url), asked(&second.consent_url));
    assert_eq!(one["response_type"], "code");
    assert_eq!(one["client_id"], OAuthPartner::CLIENT);
    assert_eq!(one["redirect_uri"], format!("{PUBLIC_URL}/gangway/v1/callback/helpdesk"));
    assert_eq!(one["code_challenge_method"], "S256");
    assert_eq!(one["code_challenge"].len(), 43, "a SHA-256 in base64url");
    assert_eq!(one["scope"], "openid profile email");
    for secret in ["state", "code_challenge"] {
        assert_ne!(one[secret], other[secret], "{secret}");
    }
    assert!(!first.consent_url.contains("code_verifier"));
}

#[test]
fn the_browsers_cookie_is_for_this_host_over_https_and_for_no_script() {
    let (_partner, scene) = started();
    let id = scene.partner("helpdesk");
    let mut attempt = scene.begin(&id);
    let url = scene.caller().get(&id)["onboardingUrl"].as_str().unwrap().to_owned();
    assert!(url.starts_with(PUBLIC_URL), "{url}");
    let again = attempt.browser.get(&url).is(302);
    let cookie = again.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-gangway-attempt-"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    assert_eq!(again.header("cache-control"), Some("no-store"));
    assert_eq!(again.header("referrer-policy"), Some("no-referrer"));
    let name = attempt.browser.cookies.keys().next().unwrap();
    assert!(url.ends_with(name.trim_start_matches("__Host-gangway-attempt-")), "{name} for {url}");
}
