//! The action this project exists for.

use std::sync::Barrier;

use serde_json::json;

use crate::support::{BETA, Client, Database, Gangway, ONBOARDED, PARTNERS, Place, Setup, until};

fn started() -> (Place, Gangway) {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    (place, gangway)
}

/// Its release may be over by now, or not yet.
#[track_caller]
fn is_cut_once(database: &Database, id: &str) {
    let activities = database.activities(id);
    let expected = ["create", "disconnect", "confirmRelease"];
    assert!(activities == expected[..2] || activities == expected, "{activities:?}");
}

#[test]
fn a_disconnected_partner_is_not_onboarded_and_the_audit_says_who_asked() {
    let (place, gangway) = started();
    let mut client = gangway.client();
    let before = client.get(ONBOARDED);
    assert_eq!(before["onboardingStatus"], "onboarded");

    let answer = client.disconnect(ONBOARDED).is(204);
    assert_eq!(answer.header("content-type"), None);

    let mut after = client.get(ONBOARDED);
    assert_eq!(after["onboardingStatus"], "notOnboarded");
    after["onboardingStatus"] = json!("onboarded");
    assert_eq!(after, before, "nothing else changes");
    let database = Database::read(&place.data());
    assert_eq!(database.status(ONBOARDED), "notOnboarded");
    let activities = ["create", "beginOnboarding", "completeOnboarding", "disconnect"];
    assert_eq!(database.activities(ONBOARDED)[..4], activities);
    assert_eq!(database.events(ONBOARDED, "operation")[..4], ["Create", "Action", "Action", "Action"]);
    let correlations = database.correlations(ONBOARDED);
    let asked = answer.header("client-request-id").unwrap().replace('-', "").to_lowercase();
    assert_eq!(correlations.get(3), Some(&asked));
    let actors = database.events(ONBOARDED, "actor");
    assert!(actors.get(3).is_some_and(|actor| actor.contains("dev@gangway.example")), "{actors:?}");
}

#[test]
fn a_second_disconnect_is_204_too_and_leaves_no_event() {
    let (place, gangway) = started();
    let mut client = gangway.client();
    let id = client.onboarded();
    for _ in 0..3 {
        client.disconnect(&id).is(204);
    }
    is_cut_once(&Database::read(&place.data()), &id);
}

#[test]
fn a_hundred_disconnects_at_once_are_all_204_and_cut_once() {
    const CALLERS: usize = 100;
    let (place, gangway) = started();
    let mut client = gangway.client();
    let id = client.onboarded();
    let together = Barrier::new(CALLERS);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            let mut caller = client.another();
            caller.status(&id);
            let (id, together) = (&id, &together);
            scope.spawn(move || {
                together.wait();
                caller.disconnect(id).is(204);
            });
        }
    });
    assert_eq!(client.status(&id), "notOnboarded");
    let database = Database::read(&place.data());
    is_cut_once(&database, &id);
}

#[test]
fn another_tenants_partner_cannot_be_disconnected() {
    let (place, gangway) = started();
    let mut client = gangway.client();
    let id = client.onboarded();
    let stranger = gangway.token(&["--tenant", "cccccccc-0000-cccc-1111-dddd2222eeee"]);
    client.with_token(stranger).disconnect(&id).says(404, "An error has occurred");
    assert_eq!(client.status(&id), "onboarded");
    assert_eq!(Database::read(&place.data()).activities(&id), ["create"]);
}

/// The path of the page that plays a partner's consent.
fn page_of(client: &mut Client, id: &str) -> String {
    let url = client.get(id)["onboardingUrl"].as_str().unwrap().to_owned();
    let path = url.find("/gangway/").and_then(|start| url.get(start..));
    path.unwrap_or_else(|| panic!("not a page of ours: {url}")).to_owned()
}

#[test]
fn the_page_that_onboards_a_partner_is_dead_once_it_is_disconnected() {
    let (place, gangway) = started();
    let (mut client, mut partner) = (gangway.client(), Client::new(gangway.address, None));
    let id = client.create(&json!({"displayName": "To be connected"}));
    client.act(&id, "beginOnboarding").is(204);
    assert_eq!(client.status(&id), "onboarding");
    let page = page_of(&mut client, &id);
    assert!(partner.send("GET", &page, None).is(200).text().contains("To be connected"));
    assert!(partner.send("POST", &page, None).is(200).text().contains("Connected"));
    assert_eq!(client.status(&id), "onboarded");

    client.disconnect(&id).is(204);

    for method in ["GET", "POST"] {
        assert!(partner.send(method, &page, None).is(404).text().contains("not valid"));
    }
    assert_eq!(client.status(&id), "notOnboarded");
    let activities = ["create", "beginOnboarding", "completeOnboarding", "disconnect", "confirmRelease"];
    until("its grant is dead", || {
        (Database::read(&place.data()).activities(&id) == activities).then_some(())
    });
}

#[test]
fn disconnecting_during_an_attempt_voids_its_page_and_a_new_attempt_does_not_revive_it() {
    let (_place, gangway) = started();
    let (mut client, mut partner) = (gangway.client(), Client::new(gangway.address, None));
    let id = client.create(&json!({}));
    client.act(&id, "beginOnboarding").is(204);
    let voided = page_of(&mut client, &id);
    client.disconnect(&id).is(204);
    partner.send("POST", &voided, None).is(404);
    assert_eq!(client.status(&id), "notOnboarded");
    client.act(&id, "beginOnboarding").is(204);
    partner.send("POST", &voided, None).is(404);
    assert_eq!(client.status(&id), "onboarding");
    let valid = page_of(&mut client, &id);
    partner.send("POST", &valid, None).is(200);
    assert_eq!(client.status(&id), "onboarded");
}

#[test]
fn an_attempt_that_has_expired_falls_back_by_itself() {
    let place = Place::new();
    let gangway =
        Setup::dev(&place.data()).env("GANGWAY_ONBOARDING__EXPIRY_CHECK_INTERVAL_SECONDS", "1").start();
    let (mut client, mut partner) = (gangway.client(), Client::new(gangway.address, None));
    let id = client.create(&json!({}));
    client.act(&id, "beginOnboarding").is(204);
    let page = page_of(&mut client, &id);
    let past = json!({"onboardingRequestExpiryDateTime": "2020-01-01T00:00:00Z"});
    client.send("PATCH", &format!("{PARTNERS}/{id}"), Some(&past)).says(400, "does not exist on type");
    client.send("PATCH", &format!("{BETA}/{id}"), Some(&past)).is(200);
    partner.send("POST", &page, None).is(404);
    until("the attempt falls back", || (client.status(&id) == "notOnboarded").then_some(()));
    let beta = client.send("GET", &format!("{BETA}/{id}"), None).is(200).json();
    assert_eq!(beta["onboardingRequestExpiryDateTime"], "0001-01-01T00:00:00Z");
    let activities = ["create", "beginOnboarding", "patch", "expireOnboarding"];
    assert_eq!(Database::read(&place.data()).activities(&id), activities);
}
