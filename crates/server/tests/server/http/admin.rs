//! What whoever runs the server can see of it.

mod exposition;
mod releases;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::backend::{database_for, psql};
use crate::support::{Client, Connection, ONBOARDED, PARTNERS, Place, Setup};
use exposition::Exposition;

#[test]
fn a_server_that_can_serve_is_alive_and_ready() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    gangway.client().list();
    assert_eq!(gangway.page("/healthz").status, 200);
    assert_eq!(gangway.readyz(), (200, "ready\n".into()));
    assert_eq!(gangway.page("/nothing").status, 404);
}

#[test]
fn what_is_for_the_operator_is_not_on_the_clients_listener() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    for path in ["/healthz", "/readyz", "/metrics"] {
        gangway.client().send("GET", path, None).says(404, "Invalid version");
    }
}

/// A token of this issuer as far as anybody can tell without its keys.
fn token_of(issuer: &str) -> String {
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({
        "iss": issuer, "aud": "https://graph.microsoft.com", "exp": 9_999_999_999_u64,
        "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee", "oid": "o", "scp": "DeviceManagementServiceConfig.ReadWrite.All",
    });
    format!("{}.{}.{}", part(json!({"alg": "RS256", "kid": "k"})), part(claims), "A".repeat(342))
}

#[test]
fn a_server_without_its_issuers_keys_is_not_ready_says_why_and_asks_clients_to_come_back() {
    let place = Place::new();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let file = place.file("gangway.toml", &format!("[[identity.issuers]]\nissuer = \"{issuer}\""));
    let gangway = Setup::config(&file, &place.data()).start();

    assert_eq!(gangway.page("/healthz").status, 200);
    assert_eq!(gangway.readyz(), (503, format!("issuer {issuer}: no keys yet\n")));
    let mut client = Client::new(gangway.address, Some(token_of(&issuer)));
    client.send("GET", PARTNERS, None).asks_to_come_back();
    client.disconnect(ONBOARDED).asks_to_come_back();
    let mut stranger = client.with_token(token_of("http://127.0.0.1:9"));
    stranger.disconnect(ONBOARDED).says(401, "Access token validation failure.");
    Client::new(gangway.address, None).disconnect(ONBOARDED).says(401, "Access token is empty.");
    assert!(gangway.log().contains("could not fetch the issuer's keys"), "{}", gangway.log());
    assert_eq!(gangway.stop().code, Some(0));
}

#[test]
fn the_metrics_count_every_request_by_what_it_was_and_how_it_ended() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let mut client = gangway.client();
    (0..3).for_each(|_| drop(client.list()));
    (0..2).for_each(|_| drop(client.disconnect(ONBOARDED).is(204)));
    client.disconnect("7b5e66fb-0000-4000-8000-000000000000").is(404);
    Client::new(gangway.address, None).send("GET", PARTNERS, None).is(401);
    client.send("GET", "/v1.0/nothing", None).is(400);
    let mut garbage = Connection::open(gangway.address);
    garbage.write("What is this?\r\n\r\n").unwrap();
    garbage.answer().unwrap().is(400);

    let answer = gangway.page("/metrics").is(200);
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let text = answer.text();
    let metrics = Exposition::parse(text);
    for (operation, status, count) in [
        ("listPartners", "200", 3.0),
        ("disconnect", "204", 2.0),
        ("disconnect", "404", 1.0),
        ("unauthenticated", "401", 1.0),
        ("unrouted", "400", 2.0),
    ] {
        let labels = [("operation", operation), ("status", status)];
        assert_eq!(metrics.value("gangway_http_requests_total", &labels), Some(count), "{labels:?}\n{text}");
    }
    assert_eq!(metrics.series("gangway_http_requests_total"), 5, "nothing else was counted: {text}");
    let lists = [("operation", "listPartners")];
    assert_eq!(metrics.value("gangway_http_request_duration_seconds_count", &lists), Some(3.0));
    assert_eq!(metrics.value("gangway_token_checks_total", &[("result", "verified")]), Some(1.0), "{text}");
}

/// Three transactions that add an event are refused, as they are where others are in the way.
const REFUSED: &str = "CREATE SEQUENCE tries; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    IF nextval('tries') <= 3 THEN RAISE EXCEPTION 'not now' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$; \
    CREATE TRIGGER refuse BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse()";

#[test]
fn the_metrics_show_the_database_where_there_is_one_beside_the_server() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let database = database_for(&gangway.data);
    if let Some(url) = &database {
        psql(url, REFUSED);
    }
    gangway.client().disconnect(ONBOARDED).is(204);
    let answer = gangway.page("/metrics").is(200);
    let (text, metrics) = (answer.text(), Exposition::parse(answer.text()));
    if database.is_none() {
        assert!(!text.contains("gangway_database"), "{text}");
        return;
    }
    let value = |name: &str, labels: &[(&str, &str)]| {
        metrics.value(name, labels).unwrap_or_else(|| panic!("{name} {labels:?} is missing: {text}"))
    };
    for pool in ["points", "lists", "queries"] {
        let (of_pool, name) = (("pool", pool), "gangway_database_connections");
        let open: f64 =
            ["in_use", "idle"].map(|state| value(name, &[of_pool, ("state", state)])).iter().sum();
        assert!((pool == "queries" || open > 0.0) && open < 100.0, "{pool} {open}");
        for name in ["gangway_database_connection_waiters", "gangway_database_connection_timeouts_total"] {
            assert!(value(name, &[of_pool]) < 100.0, "{name} {pool}");
        }
    }
    let retries = |reason| value("gangway_database_retries_total", &[("reason", reason)]);
    let all = ["serialization", "deadlock", "head_moved", "connection_lost"].map(retries);
    assert!(all[0] > 2.5 && all[0] < 3.5 && all[1..].iter().sum::<f64>() < 0.5, "{all:?}");
    assert!(value("gangway_database_unknown_commits_total", &[]) < 0.5);
}
