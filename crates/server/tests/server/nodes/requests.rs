use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::cluster::{Cluster, beside};
use crate::partners::{Matching, Moment, block_on};
use crate::scene::{Consents as _, TENANT, with_oauth};
use crate::support::backend::psql;
use crate::support::{Client, ONBOARDED, PARTNERS, Place, until};

/// How many rows there are that this holds for.
fn count(url: &str, rows: &str) -> u64 {
    psql(url, &format!("SELECT count(*) FROM {rows}")).trim().parse().unwrap()
}

#[test]
fn what_one_server_has_done_holds_at_all_of_them_at_once() {
    let cluster = Cluster::start(3);
    let mut clients = cluster.clients();
    assert!(
        clients.iter_mut().all(|client| client.status(ONBOARDED) == "onboarded"),
        "one seeds, all see it"
    );
    clients[1].disconnect(ONBOARDED).is(204);
    assert!(clients.iter_mut().all(|client| client.status(ONBOARDED) == "notOnboarded"));
}

#[test]
fn tokens_and_links_to_pages_of_one_server_are_good_at_the_others() {
    let cluster = Cluster::start(2);
    let mut clients = cluster.clients();
    let page = clients[0].send("GET", &format!("{PARTNERS}?$top=1"), None).is(200).json();
    let base = format!("http://{}", clients[0].address());
    let next = page["@odata.nextLink"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
    let rest = clients[1].send("GET", &next, None).is(200).json();
    assert_ne!(rest["value"][0]["id"], page["value"][0]["id"]);
    let keys = |client: &mut Client| client.send("GET", "/gangway/v1/receipts/keys", None).is(200).json();
    assert_eq!(keys(&mut clients[0]), keys(&mut clients[1]), "receipts are signed with one key");
}

#[test]
fn a_partner_is_connected_by_one_server_though_another_began_it() {
    let cluster = Cluster::start(2);
    let mut clients = cluster.clients();
    let id = clients[0].create(&json!({"displayName": "To be connected"}));
    clients[0].act(&id, "beginOnboarding").is(204);
    let url = clients[0].get(&id)["onboardingUrl"].as_str().unwrap().to_owned();
    let page = &url[url.find("/gangway/").unwrap()..];
    let mut browser = Client::new(cluster.nodes[1].address, None);
    assert!(browser.send("POST", page, None).is(200).text().contains("Connected"));
    assert_eq!(clients[0].status(&id), "onboarded");
    let mut other = Client::new(cluster.nodes[0].address, None);
    other.send("POST", page, None).is(404);
}

#[test]
fn a_hundred_disconnects_at_once_at_three_servers_are_one_fence_and_one_release() {
    let cluster = Cluster::start(3);
    let clients = cluster.clients();
    let asked = Arc::new(AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..25 {
            let (mut caller, asked) = (clients[number % 3].another(), Arc::clone(&asked));
            scope.spawn(move || {
                for _ in 0..4 {
                    caller.disconnect(ONBOARDED).is(204);
                    asked.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(asked.load(Ordering::SeqCst), 100);
    assert_eq!(count(&cluster.url, "audit_events WHERE activity = 'disconnect'"), 1);
    assert_eq!(count(&cluster.url, "releases"), 1);
    until("it is confirmed once", || {
        (count(&cluster.url, "releases WHERE state = 'confirmed'") == 1).then_some(())
    });
    assert_eq!(count(&cluster.url, "audit_events WHERE activity = 'confirmRelease'"), 1);
}

/// The code is being redeemed by one server when the fence falls at another.
#[test]
fn what_a_partner_gives_to_one_server_after_the_fence_fell_at_another_dies() {
    let (proxy, partner, scene) = with_oauth();
    let place = Place::new();
    let other = beside(&scene, &place, "other");
    let id = scene.partner_of(TENANT, "helpdesk");
    let attempt = scene.begin(&id);
    let callback = partner.consents(&attempt.consent_url);
    let mut gate = proxy.hold(Moment::Arrived, Matching::post("/token"));
    let browser = attempt.browser.at(other.address);
    let mut waiting = browser.asking(&callback.target());
    block_on(gate.reached());
    scene.caller().disconnect(&id).is(204);
    gate.open();
    assert_ne!(waiting.answer().unwrap().status, 200);
    until("what it gave is dead", || {
        let usable = block_on(partner.usable());
        (usable.access_tokens + usable.refresh_tokens + usable.codes == 0).then_some(())
    });
    assert_eq!(scene.caller().status(&id), "notOnboarded");
}

/// See `throttle/shared.rs`: limit + nodes × (limit / 10 + rate × (pause + round trip)).
#[test]
fn three_servers_take_no_more_of_a_tenant_than_the_limit_and_the_stated_error() {
    const LIMIT: usize = 300;
    let limit = LIMIT.to_string();
    let cluster = Cluster::start_with(
        3,
        &[
            ("GANGWAY_THROTTLE__ENABLED", "true"),
            ("GANGWAY_THROTTLE__WINDOW_SECONDS", "3600"),
            ("GANGWAY_THROTTLE__TENANT_REQUESTS", &limit),
            ("GANGWAY_THROTTLE__APPLICATION_REQUESTS", &limit),
        ],
    );
    let clients = cluster.clients();
    let begun = Instant::now();
    let each: Vec<(usize, Duration)> = std::thread::scope(|scope| {
        let callers: Vec<_> = clients
            .iter()
            .map(|client| {
                let mut caller = client.another();
                scope.spawn(move || {
                    let path = format!("{PARTNERS}/{ONBOARDED}");
                    let mut taken = 0;
                    // As fast as one caller can until it is refused, which it would be by itself at the limit.
                    while caller.send("GET", &path, None).status == 200 {
                        taken += 1;
                    }
                    (taken, begun.elapsed())
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    let taken: usize = each.iter().map(|(taken, _)| taken).sum();
    // 250 ms for the pause and a round trip.
    let in_pause = |(taken, took): &(usize, Duration)| {
        (taken * 250).div_ceil(usize::try_from(took.as_millis()).unwrap().max(1))
    };
    let error: usize = each.iter().map(|each| LIMIT.div_ceil(10) + in_pause(each)).sum();
    assert!(
        (LIMIT..=LIMIT + error).contains(&taken),
        "{taken} of {LIMIT}, {error} too many at most: {each:?}"
    );
    let mut later = clients[0].another();
    until("all of them refuse", || {
        (later.send("GET", &format!("{PARTNERS}/{ONBOARDED}"), None).status == 429).then_some(())
    });
}
