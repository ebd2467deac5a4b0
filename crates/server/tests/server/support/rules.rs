//! What holds for every answer there is.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

use super::answer::Answer;

/// What was asked, as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// One of Graph's routes, or nothing that could be understood.
    Graph,
    /// A page for people.
    Page,
    /// The admin listener.
    Admin,
}

/// Checks all rules; `id` is the GUID the client gave its request.
pub(crate) fn check(answer: &Answer, asked: Asked, id: Option<&str>) {
    assert!(answer.header("date").is_some(), "no date: {answer:?}");
    if asked == Asked::Admin {
        return;
    }
    check_ids(answer, id);
    assert!(answer.header("x-ms-ags-diagnostic").is_some_and(|value| value.starts_with("{\"ServerInfo\":")));
    let waits = answer.header("retry-after").is_some_and(|value| value.parse::<u32>().is_ok_and(|s| s > 0));
    assert_eq!(waits, [429, 503].contains(&answer.status), "{answer:?}");
    match (asked, answer.status) {
        (Asked::Graph, 400..) => check_envelope(answer),
        (Asked::Graph, 204) => assert!(answer.body.is_empty()),
        (Asked::Graph, _) => check_success(answer),
        (Asked::Page | Asked::Admin, _) => {}
    }
}

fn check_ids(answer: &Answer, id: Option<&str>) {
    static SEEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    let request_id = answer.header("request-id").unwrap_or_else(|| panic!("no request-id: {answer:?}"));
    assert!(is_guid(request_id), "{request_id}");
    assert!(SEEN.lock().unwrap().insert(request_id.to_owned()), "request-id {request_id} came before");
    assert_eq!(answer.header("client-request-id"), id.or(Some(request_id)), "{answer:?}");
}

fn check_success(answer: &Answer) {
    let kind = answer.header("content-type").unwrap();
    assert_eq!(answer.header("odata-version"), Some("4.0"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    if kind != "text/plain" {
        assert!(kind.starts_with("application/json;odata.metadata=minimal;"), "{kind}");
        let json = answer.json();
        assert!(json["@odata.context"].is_string() || members(&json) == ["responses"], "{json}");
    }
}

fn check_envelope(answer: &Answer) {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    let json = answer.json();
    assert_eq!(members(&json), ["error"], "{json}");
    let error = &json["error"];
    assert_eq!(members(error), ["code", "innerError", "message"], "{json}");
    assert!(error["code"].as_str().is_some_and(|code| !code.is_empty()), "{json}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{json}");
    let inner = &error["innerError"];
    assert_eq!(inner["request-id"].as_str(), answer.header("request-id"), "{json}");
    assert_eq!(inner["client-request-id"].as_str(), answer.header("client-request-id"), "{json}");
    assert!(inner["date"].as_str().is_some_and(|date| date.len() == "2026-11-23T12:00:00".len()), "{json}");
    let challenge = answer.header("www-authenticate");
    match answer.status {
        401 => assert!(challenge.is_some_and(|c| c.starts_with("Bearer ") && !c.contains("claims"))),
        _ => assert_eq!(challenge, None),
    }
}

fn members(json: &Value) -> Vec<&str> {
    let mut names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').map(str::len).collect();
    let hex = text.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    hex && parts == [8, 4, 4, 4, 12]
}
