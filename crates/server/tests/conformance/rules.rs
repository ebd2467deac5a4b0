//! What holds for every answer, whatever was asked.

use std::collections::BTreeSet;
use std::sync::Mutex;

use jiff::fmt::rfc2822;

use crate::http::Answer;
use crate::json::Json;
use crate::pattern::{is_guid, seconds_now};

const JSON_OF_A_SUCCESS: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// Every header an answer may have. A new one is added here and in `docs/API.md`, or it leaked.
const HEADERS: [&str; 15] = [
    "cache-control",
    "client-request-id",
    "connection",
    "content-length",
    "content-type",
    "date",
    "location",
    "odata-entityid",
    "odata-version",
    "preference-applied",
    "request-id",
    "retry-after",
    "transfer-encoding",
    "www-authenticate",
    "x-ms-ags-diagnostic",
];

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// All that is wrong with the answer in general. `sent_id` is the `client-request-id` of the request; the type of
/// a success is the usual one, unless the vector names another.
pub(crate) fn broken(answer: &Answer, sent_id: Option<&str>, type_is_named: bool) -> Vec<String> {
    let mut broken = Vec::new();
    header_names(answer, &mut broken);
    ids(answer, sent_id, &mut broken);
    diagnostic_and_date(answer, &mut broken);
    headers_of_the_status(answer, type_is_named, &mut broken);
    body(answer, &mut broken);
    broken
}

fn header_names(answer: &Answer, broken: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    for (name, value) in &answer.headers {
        let lower = name.to_ascii_lowercase();
        if !HEADERS.contains(&lower.as_str()) {
            broken.push(format!("the header '{name}: {value}' is not one of ours"));
        }
        if !names.insert(lower) {
            broken.push(format!("the header '{name}' is there more than once"));
        }
    }
}

fn ids(answer: &Answer, sent_id: Option<&str>, broken: &mut Vec<String>) {
    let Some(request_id) = answer.header("request-id").filter(|id| is_guid(id)) else {
        broken.push(format!("request-id is no GUID: {:?}", answer.header("request-id")));
        return;
    };
    if !SEEN.lock().is_ok_and(|mut seen| seen.insert(request_id.to_owned())) {
        broken.push(format!("request-id {request_id} was used before"));
    }
    let sent_guid = sent_id.filter(|id| is_guid(&id.to_ascii_lowercase()));
    let expected = sent_guid.unwrap_or(request_id);
    if !answer.header("client-request-id").is_some_and(|id| id.eq_ignore_ascii_case(expected)) {
        let got = answer.header("client-request-id");
        broken.push(format!("client-request-id should be {expected}, but is {got:?}"));
    }
}

fn diagnostic_and_date(answer: &Answer, broken: &mut Vec<String>) {
    let diagnostic = answer.header("x-ms-ags-diagnostic").unwrap_or_default();
    let parsed = Json::parse(diagnostic);
    if !parsed.is_ok_and(|json| matches!(json.member("ServerInfo"), Some(Json::Object(_)))) {
        broken.push(format!("x-ms-ags-diagnostic has no ServerInfo: '{diagnostic}'"));
    }
    let date = answer.header("Date").unwrap_or_default();
    let time = rfc2822::parse(date).map(|zoned| zoned.timestamp().as_second());
    if !date.ends_with(" GMT") || !time.is_ok_and(|time| (time - seconds_now()).abs() <= 60) {
        broken.push(format!("Date is not now: '{date}'"));
    }
}

fn headers_of_the_status(answer: &Answer, type_is_named: bool, broken: &mut Vec<String>) {
    let content_type = answer.header("Content-Type").unwrap_or("none");
    let is_json = content_type.starts_with("application/json");
    match answer.status {
        204 => {
            for name in ["Content-Type", "Content-Length", "Transfer-Encoding"] {
                if answer.header(name).is_some() {
                    broken.push(format!("a 204 has no {name}"));
                }
            }
        }
        200..=299 if is_json => {
            let expected = [
                ("Content-Type", JSON_OF_A_SUCCESS),
                ("OData-Version", "4.0"),
                ("Cache-Control", "no-cache"),
            ];
            for (name, value) in expected.into_iter().skip(usize::from(type_is_named)) {
                if answer.header(name) != Some(value) {
                    broken.push(format!("{name} should be '{value}', but is {:?}", answer.header(name)));
                }
            }
        }
        400.. if content_type != "application/json" => {
            broken.push(format!("the Content-Type of an error is application/json, not {content_type}"));
        }
        _ => {}
    }
    only_with(answer, "WWW-Authenticate", &[401], broken);
    only_with(answer, "Retry-After", &[429, 503], broken);
    let challenge = answer.header("WWW-Authenticate").unwrap_or("Bearer ");
    if !challenge.starts_with("Bearer ") || challenge.contains("claims") {
        broken.push(format!("not a plain Bearer challenge: '{challenge}'"));
    }
}

fn only_with(answer: &Answer, header: &str, statuses: &[u16], broken: &mut Vec<String>) {
    if answer.header(header).is_some() != statuses.contains(&answer.status) {
        broken.push(format!("{header} goes with {statuses:?} and nothing else"));
    }
}

fn body(answer: &Answer, broken: &mut Vec<String>) {
    if answer.status >= 400 && !answer.body.is_empty() {
        let envelope = Json::parse(&answer.body);
        if !envelope.is_ok_and(|json| matches!(json.member("error"), Some(Json::Object(_)))) {
            broken.push(format!("not an error envelope: '{}'", answer.body));
        }
    }
    if answer.status == 204 && !answer.body.is_empty() {
        broken.push(format!("a 204 has no body: '{}'", answer.body));
    }
}
