use serde_json::json;

use super::{ItemError, Origin};
use crate::batch::limits::MAX_URL;

fn resolved(url: &str, base: &str) -> Result<String, ItemError> {
    let origin = Origin { base, host: None, version: "v1.0" };
    let body = json!({"requests": [{"id": "1", "method": "GET", "url": url}]}).to_string();
    let batch = super::Batch::parse(body.as_bytes(), &origin).unwrap();
    super::seen(&batch.items[0]).map(|seen| seen.1)
}

#[test]
fn a_url_may_be_relative_versioned_or_absolute() {
    for url in [
        "things/1?$top=2",
        "/things/1?$top=2",
        "/v1.0/things/1?$top=2",
        "v1.0/things/1?$top=2",
        "/V1.0/things/1?$top=2",
        "https://graph.example/v1.0/things/1?$top=2",
        "HTTPS://GRAPH.EXAMPLE:443/v1.0/things/1?$top=2",
        "http://graph.example/v1.0/things/1?$top=2",
        "http://graph.example:80/v1.0/things/1?$top=2",
        "https://graph.example:/v1.0/things/1?$top=2",
        "//graph.example/v1.0/things/1?$top=2",
    ] {
        assert_eq!(resolved(url, "https://graph.example").as_deref(), Ok("/things/1?$top=2"), "{url}");
    }
    for (url, base) in [
        ("http://127.0.0.1:8080/v1.0/x", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/v1.0/x", "http://[::1]:8080"),
        ("http://[::1]/v1.0/x", "http://[::1]"),
        ("//[::1]:8080/v1.0/x", "http://[::1]:8080"),
    ] {
        assert_eq!(resolved(url, base).as_deref(), Ok("/x"), "{url}");
    }
}

#[test]
fn a_url_of_another_host_is_refused() {
    for url in [
        "https://graph.microsoft.com/v1.0/things",
        "https://graph.example.evil/v1.0/things",
        "https://graph.example:8443/v1.0/things",
        "http://graph.example:443/v1.0/things",
        "https://graph.example:x/v1.0/things",
        "https://graph.example:99999/v1.0/things",
        "https:///v1.0/things",
        "//evil.example/v1.0/things",
        "//",
        "ftp://graph.example/v1.0/things",
        "https://evil.example?x=https://graph.example/v1.0/things",
    ] {
        assert_eq!(resolved(url, "https://graph.example"), Err(ItemError::OtherHost), "{url}");
    }
    for url in ["http://localhost/v1.0/x", "http://[::1]:80/v1.0/x"] {
        assert_eq!(resolved(url, "http://[::1]:8080"), Err(ItemError::OtherHost), "{url}");
    }
}

#[test]
fn a_url_may_name_the_host_the_batch_was_sent_to_where_clients_are_told_another() {
    let base = "https://graph.example";
    let origin = Origin { base, host: Some("inside.example:8080"), version: "v1.0" };
    for (url, path) in [
        ("http://inside.example:8080/v1.0/x", Ok("/x".into())),
        ("HTTP://INSIDE.EXAMPLE:8080/v1.0/x", Ok("/x".into())),
        ("https://graph.example/v1.0/x", Ok("/x".into())),
        ("http://inside.example/v1.0/x", Err(ItemError::OtherHost)),
        ("http://graph.example:8080/v1.0/x", Err(ItemError::OtherHost)),
        ("http://evil.example/v1.0/x", Err(ItemError::OtherHost)),
    ] {
        let body = json!({"requests": [{"id": "1", "method": "GET", "url": url}]}).to_string();
        let batch = super::Batch::parse(body.as_bytes(), &origin).unwrap();
        assert_eq!(super::seen(&batch.items[0]).map(|seen| seen.1), path, "{url}");
    }
}

#[test]
fn a_url_has_nothing_in_it_that_leads_elsewhere() {
    for (url, error) in [
        ("https://me@graph.example/v1.0/things", ItemError::UserInfo),
        ("https://graph.example@evil.example/v1.0/things", ItemError::UserInfo),
        ("/things#1", ItemError::Fragment),
        ("/things\r\nHost: evil", ItemError::ControlCharacter),
        ("/things\u{85}", ItemError::ControlCharacter),
        ("https://graph.example/beta/things", ItemError::OtherVersion),
        ("https://graph.example/v1.0x/things", ItemError::OtherVersion),
        ("https://graph.example", ItemError::OtherVersion),
        ("/$batch", ItemError::Nested),
        ("$BATCH", ItemError::Nested),
        ("/v1.0//%24batch?x", ItemError::Nested),
        ("https://graph.example/v1.0/$batch", ItemError::Nested),
    ] {
        assert_eq!(resolved(url, "https://graph.example"), Err(error), "{url}");
    }
    let long = format!("/{}", "x".repeat(MAX_URL));
    assert_eq!(resolved(&long, "https://graph.example"), Err(ItemError::LongUrl));
    assert!(resolved(&long[..MAX_URL], "https://graph.example").is_ok());
}

#[test]
fn what_a_uri_may_not_have_is_encoded_and_what_is_encoded_stays() {
    for (url, expected) in [
        ("/x?$filter=displayName eq 'Gr\u{fc}n'", "/x?$filter=displayName%20eq%20'Gr%C3%BCn'"),
        ("/x?%24filter=a%20eq+'b'", "/x?%24filter=a%20eq+'b'"),
        ("/x('it''s')/%2F", "/x('it''s')/%2F"),
        ("/x?a=\"<>\\^`{|}", "/x?a=%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/", "/"),
        ("/v1.0", "/"),
        ("?$top=1", "/?$top=1"),
        ("/x?", "/x?"),
        ("/x?a?b", "/x?a?b"),
        // Below the version these are segments, which are looked up like others.
        ("/beta/x", "/beta/x"),
        ("/../admin", "/../admin"),
        ("/x?u=https://evil.example/", "/x?u=https://evil.example/"),
    ] {
        assert_eq!(resolved(url, "https://graph.example").as_deref(), Ok(expected), "{url}");
    }
}
