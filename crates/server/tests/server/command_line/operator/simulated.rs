//! The dial of the simulated partner, with which a developer tries out what a release does.

use serde_json::{Value, json};

use crate::support::{Client, Gangway, ONBOARDED, PARTNERS, Place, Setup, until};

fn run(gangway: &Gangway, arguments: &[&str]) -> String {
    let outcome = Setup::of(arguments).at(&gangway.data).outcome();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    outcome.stdout
}

/// A partner that is connected by its page.
fn connected(gangway: &Gangway) -> String {
    let mut client = gangway.client();
    let id = client.create(&json!({}));
    client.act(&id, "beginOnboarding").is(204);
    let url = client.get(&id)["onboardingUrl"].as_str().unwrap().to_owned();
    let page = &url[url.find("/gangway/").unwrap()..];
    Client::new(gangway.address, None).send("POST", page, None).is(200);
    id
}

/// What the list says of a partner's newest release, once it says this.
fn listed(gangway: &Gangway, id: &str, part: &str) -> String {
    until(part, || {
        let list = run(gangway, &["release", "list", "--partner", id]);
        list.contains(part).then_some(list)
    })
}

#[test]
fn a_developer_sees_what_becomes_of_a_release_when_the_partner_misbehaves() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    for (behaviour, answer, obstacle) in [
        ("unreachable", "simulated: no answer", "unreachable: "),
        ("busy", "simulated: HTTP 503 temporarily_unavailable", "unreachable: "),
        ("losesAnswers", "simulated: the answer was lost", "unreachable: "),
        ("keepsAlive", "probe: simulated: HTTP 200", "stillAlive: "),
    ] {
        let id = connected(&gangway);
        let told = run(&gangway, &["simulated", behaviour]);
        assert_eq!(told, format!("the simulated partner is now {behaviour}\n"));
        gangway.client().disconnect(&id).is(204);
        let list = listed(&gangway, &id, answer);
        assert!(list.contains("  pending since "), "{list}");
        assert!(list.contains(&format!("\n  {obstacle}")), "{list}");
        run(&gangway, &["simulated", "ok"]);
        listed(&gangway, &id, "  confirmed since ");
    }
}

#[test]
fn a_behaviour_that_does_not_exist_is_refused_with_those_that_do() {
    let outcome = Setup::of(&["simulated", "angry"]).outcome();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("ok, unreachable, busy, losesAnswers, keepsAlive"), "{outcome:?}");
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let admin: Value =
        serde_json::from_slice(&std::fs::read(gangway.data.join("admin.json")).unwrap()).unwrap();
    assert_eq!(admin["url"], format!("http://{}", gangway.admin));
}

/// The partner that Gangway plays has a grant, however it came to be onboarded.
#[test]
fn a_simulated_partner_that_nobody_onboarded_by_its_page_has_a_grant_to_release_too() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let mut client = gangway.client();
    let set = client.create(&json!({}));
    let change = json!({ "onboardingStatus": "onboarded" });
    client.send("PATCH", &format!("{PARTNERS}/{set}"), Some(&change)).is(200);
    for id in [client.onboarded(), set, ONBOARDED.to_owned()] {
        assert_eq!(client.status(&id), "onboarded");
        run(&gangway, &["simulated", "unreachable"]);
        client.disconnect(&id).is(204);
        let list = listed(&gangway, &id, " since ");
        assert!(list.contains("  pending since "), "nobody could ask the partner: {list}");
        listed(&gangway, &id, "simulated: no answer");
        run(&gangway, &["simulated", "ok"]);
        listed(&gangway, &id, "  confirmed since ");
        let receipt = run(&gangway, &["release", "receipt", "--partner", &id]);
        let file = place.file("receipt.jws", &receipt);
        let verified = Setup::of(&["release", "verify"]).arg(file).at(&gangway.data).outcome();
        assert_eq!(verified.code, Some(0), "{verified:?}");
        assert!(!verified.stdout.contains("noCredential"), "{verified:?}");
    }
}
