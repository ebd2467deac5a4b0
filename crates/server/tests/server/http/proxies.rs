//! Behind a proxy: what address the links in answers have.

use serde_json::json;

use crate::support::{Connection, Gangway, ONBOARDED, PARTNERS, Place, Setup};

/// How the context URL of a partner begins, where the proxy sends these headers.
fn base(gangway: &Gangway, headers: &str) -> String {
    let mut connection = Connection::open(gangway.address);
    let head = gangway.client().head("GET", &format!("{PARTNERS}/{ONBOARDED}"), None);
    connection.write(format!("{head}{headers}\r\n")).unwrap();
    let context = connection.answer().unwrap().is(200).json()["@odata.context"].as_str().unwrap().to_owned();
    context.split_once("/v1.0/").unwrap().0.to_owned()
}

const FORWARDED: &str = "forwarded: host=evil.example, for=192.0.2.1;proto=https;host=\"g.example\"\r\n";
const OLDER: &str = "x-forwarded-proto: https\r\nx-forwarded-host: evil.example, g.example\r\n";

#[test]
fn a_trusted_proxy_says_what_address_clients_use() {
    let place = Place::new();
    let gangway =
        Setup::dev(&place.data()).env("GANGWAY_HTTP__TRUSTED_PROXIES", "10.0.0.1,127.0.0.0/8").start();
    let own = format!("http://{}", gangway.address);
    for (headers, expected) in [
        (FORWARDED, "https://g.example"),
        (OLDER, "https://g.example"),
        (&format!("{FORWARDED}{OLDER}"), "https://g.example"),
        ("x-forwarded-proto: https\r\n", &own.replace("http:", "https:")),
        ("x-forwarded-host: g.example:8443\r\n", "http://g.example:8443"),
        (&format!("{FORWARDED}x-forwarded-host: evil.example\r\n"), &own),
        ("x-forwarded-host: g.example/\"><script>\r\n", &own),
        ("forwarded: host=\"g.example\\\"><script>\"\r\n", &own),
        ("x-forwarded-proto: javascript\r\n", &own),
        ("", &own),
    ] {
        assert_eq!(base(&gangway, headers), expected, "{headers}");
    }
}

#[test]
fn where_something_is_made_is_said_with_the_address_that_clients_use() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).env("GANGWAY_HTTP__TRUSTED_PROXIES", "127.0.0.1").start();
    let mut connection = Connection::open(gangway.address);
    let head = gangway.client().head("POST", PARTNERS, None);
    let body = json!({"displayName": "A partner"}).to_string();
    let kind = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    connection.write(format!("{head}{FORWARDED}{kind}\r\n{body}")).unwrap();
    let created = connection.answer().unwrap().is(201);
    let location = created.header("location").unwrap();
    assert!(location.starts_with("https://g.example/v1.0/deviceManagement/"), "{location}");
}

#[test]
fn nobody_else_says_what_address_clients_use() {
    let place = Place::new();
    for proxies in ["", "10.0.0.1,192.0.2.0/24"] {
        let gangway = Setup::dev(&place.data()).env("GANGWAY_HTTP__TRUSTED_PROXIES", proxies).start();
        for headers in [FORWARDED, OLDER] {
            assert_eq!(base(&gangway, headers), format!("http://{}", gangway.address), "{proxies}");
        }
    }
}

#[test]
fn the_operators_word_counts_more_than_a_proxys() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data())
        .env("GANGWAY_HTTP__TRUSTED_PROXIES", "127.0.0.1")
        .env("GANGWAY_PUBLIC_URL", "https://o.example")
        .start();
    assert_eq!(base(&gangway, FORWARDED), "https://o.example");
}
