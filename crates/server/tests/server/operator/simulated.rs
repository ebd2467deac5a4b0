//! The dial of the simulated partner, with which a developer tries out what a release does.

use serde_json::{Value, json};

use crate::support::{Client, Gangway, Place, Setup, until};

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
    for (behaviour, answer) in [
        ("unreachable", "simulated: no answer"),
        ("busy", "simulated: HTTP 503"),
        ("losesAnswers", "simulated: the answer was lost"),
        ("keepsAlive", "probe: simulated: HTTP 200 active"),
    ] {
        let id = connected(&gangway);
        let told = run(&gangway, &["simulated", behaviour]);
        assert_eq!(told, format!("the simulated partner is {behaviour} from now on\n"));
        gangway.client().disconnect(&id).is(204);
        let list = listed(&gangway, &id, answer);
        assert!(list.contains("  pending since "), "{list}");
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
