//! Compares an answer with what a vector expects of it.

use crate::http::Answer;
use crate::json::{Json, quoted};
use crate::pattern::{self, Names};
use crate::vector::{Expect, ExpectedError};

/// Marks an array whose other members may come in any order.
const IN_ANY_ORDER: &str = "<in any order>";
/// The one member of an object that stands for an error's envelope.
const ERROR: &str = "<error>";

/// All that is not as expected. What the expectation gives a name to is added to `names`.
pub(crate) fn wrong(answer: &Answer, expect: &Expect, names: &mut Names) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.status != expect.status {
        wrong.push(format!("status should be {}, but is {}", expect.status, answer.status));
    }
    for (name, value) in &expect.headers {
        match (value, answer.header(name)) {
            (None, None) => {}
            (Some(expected), Some(got)) => text(name, expected, got, names, &mut wrong),
            (expected, got) => wrong.push(format!("{name} should be {expected:?}, but is {got:?}")),
        }
    }
    body(answer, expect, names, &mut wrong);
    wrong
}

fn body(answer: &Answer, expect: &Expect, names: &mut Names, wrong: &mut Vec<String>) {
    let expected = match (&expect.json, &expect.text, &expect.error) {
        (None, None, None) => {
            return text("body", "", &answer.body, names, wrong);
        }
        (None, Some(expected), None) => return text("body", expected, &answer.body, names, wrong),
        (Some(json), None, None) => json.clone(),
        (None, None, Some(error)) => envelope(error),
        _ => return wrong.push("the vector expects more than one body".into()),
    };
    match Json::parse(&answer.body) {
        Ok(got) => json("", &expected, &got, names, wrong),
        Err(why) => wrong.push(format!("the body is {why}: '{}'", answer.body)),
    }
}

fn text(place: &str, expected: &str, got: &str, names: &mut Names, wrong: &mut Vec<String>) {
    match pattern::find(expected, got, names) {
        Ok(Some(found)) => names.extend(found),
        Ok(None) => {
            let expected = pattern::fill_in(expected, names).unwrap_or_else(|_| expected.to_owned());
            wrong.push(format!(
                "{place} should be\n      {}\n    but is\n      {}",
                quoted(&expected),
                quoted(got)
            ));
        }
        Err(why) => wrong.push(format!("{place}: {why}")),
    }
}

fn json(place: &str, expected: &Json, got: &Json, names: &mut Names, wrong: &mut Vec<String>) {
    if let Some(error) = expected.member(ERROR) {
        return json(place, &envelope(&described(error)), got, names, wrong);
    }
    match (expected, got) {
        (Json::String(pattern), Json::String(got)) => text(place, pattern, got, names, wrong),
        (Json::Array(expected), Json::Array(got)) => array(place, expected, got, names, wrong),
        (Json::Object(expected), Json::Object(got)) => {
            let members =
                |object: &[(String, Json)]| object.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            if members(expected) == members(got) {
                for ((name, expected), (_, got)) in expected.iter().zip(got) {
                    json(&format!("{place}/{name}"), expected, got, names, wrong);
                }
            } else {
                let (expected, got) = (members(expected), members(got));
                wrong.push(format!("{place}/ should have the members {expected:?}, but has {got:?}"));
            }
        }
        _ if expected == got => {}
        _ => wrong.push(format!("{place} should be\n      {expected}\n    but is\n      {got}")),
    }
}

fn array(place: &str, expected: &[Json], got: &[Json], names: &mut Names, wrong: &mut Vec<String>) {
    if let [Json::String(mark)] = expected
        && let Some(count) = items(mark)
    {
        if count != got.len() {
            wrong.push(format!("{place} should have {count} items, but has {}", got.len()));
        }
        return;
    }
    let (in_any_order, expected) = match expected.split_first() {
        Some((Json::String(mark), rest)) if mark == IN_ANY_ORDER => (true, rest),
        _ => (false, expected),
    };
    if expected.len() != got.len() {
        let (expected, got) = (expected.len(), got.len());
        return wrong.push(format!("{place} should have {expected} items, but has {got}"));
    }
    let mut left: Vec<&Json> = got.iter().collect();
    for (n, expected) in expected.iter().enumerate() {
        let is_it = |got: &&Json| is_as(expected, got, names);
        let at = if in_any_order { left.iter().position(is_it).unwrap_or(0) } else { 0 };
        json(&format!("{place}/{n}"), expected, left.remove(at), names, wrong);
    }
}

/// How many items `<N items>` stands for, whatever they are.
fn items(mark: &str) -> Option<usize> {
    mark.strip_prefix('<')?.strip_suffix(" items>")?.parse().ok()
}

fn is_as(expected: &Json, got: &Json, names: &Names) -> bool {
    let mut wrong = Vec::new();
    json("", expected, got, &mut names.clone(), &mut wrong);
    wrong.is_empty()
}

/// What a body of a batch's answer says of an error; the same as `error` says of a whole answer.
fn described(error: &Json) -> ExpectedError {
    let text = |name| match error.member(name) {
        Some(Json::String(text)) => Some(text.clone()),
        _ => None,
    };
    ExpectedError { code: text("code").unwrap_or_default(), message: text("message"), nested: text("nested") }
}

/// The whole body of an error.
fn envelope(error: &ExpectedError) -> Json {
    let message = match (&error.message, &error.nested) {
        (Some(message), None) => Json::String(message.clone()),
        (None, Some(text)) => Json::String(nested(text)),
        _ => Json::String("<either message or nested>".into()),
    };
    let member = |name: &str, value: &str| (name.to_owned(), Json::String(value.to_owned()));
    let mut inner = vec![
        member("date", "<now>"),
        member("request-id", "<request-id>"),
        member("client-request-id", "<client-request-id>"),
    ];
    if error.code == "ModelValidationFailure" {
        inner.insert(0, ("message".into(), message.clone()));
    }
    let outer = vec![
        member("code", &error.code),
        ("message".into(), message),
        ("innerError".into(), Json::Object(inner)),
    ];
    Json::Object(vec![("error".into(), Json::Object(outer))])
}

/// The message of an error that comes from behind the gateway: JSON text again.
fn nested(text: &str) -> String {
    let message = format!(
        "{text} - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 \
         - Activity ID: <client-request-id> - Url: http<any text>"
    );
    let message = quoted(&message);
    format!(
        "{{\r\n  \"_version\": 3,\r\n  \"Message\": {message},\r\n  \"CustomApiErrorPhrase\": \"\",\r\n  \
         \"RetryAfter\": null,\r\n  \"ErrorSourceService\": \"\",\r\n  \"HttpHeaders\": \"{{}}\"\r\n}}"
    )
}
