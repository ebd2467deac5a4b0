//! Too many requests.

use crate::support::{ONBOARDED, Place, Setup};

#[test]
fn what_is_too_much_is_429_with_the_time_to_wait_and_is_counted() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data())
        .env("GANGWAY_THROTTLE__ENABLED", "true")
        .env("GANGWAY_THROTTLE__WINDOW_SECONDS", "3600")
        .env("GANGWAY_THROTTLE__APPLICATION_WRITES", "2")
        .start();
    let mut client = gangway.client();
    client.disconnect(ONBOARDED).is(204);
    client.disconnect(ONBOARDED).is(204);
    for _ in 0..3 {
        let refused = client.disconnect(ONBOARDED).says(429, "An error has occurred - Operation ID");
        assert_eq!(refused.json()["error"]["code"], "TooManyRequests");
        let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((3600..=3780).contains(&seconds), "{seconds}");
    }
    assert_eq!(client.status(ONBOARDED), "notOnboarded", "reads go on");
    let mut stranger =
        client.with_token(gangway.token(&["--tenant", "0a0a0a0a-0000-0000-0000-000000000000"]));
    stranger.disconnect(ONBOARDED).is(404);
    let metrics = gangway.page("/metrics");
    for line in [
        "gangway_throttled_requests_total{resources=\"remoteAssistance\",limit=\"application_writes\"} 3",
        "gangway_throttled_requests_total{resources=\"auditing\",limit=\"tenant_requests\"} 0",
    ] {
        assert!(metrics.text().lines().any(|found| found == line), "{line}: {}", metrics.text());
    }
}

#[test]
fn a_developer_is_not_throttled_unasked() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).env("GANGWAY_THROTTLE__APPLICATION_REQUESTS", "1").start();
    let mut client = gangway.client();
    for _ in 0..10 {
        client.get(ONBOARDED);
    }
}
