use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gangway_odata::{Batch, Item, Origin, Request, Responses, segments};
use serde_json::value::RawValue;

const ORIGIN: Origin<'static> = Origin { base: "https://graph.example.com", host: None, version: "v1.0" };

/// A batch: what its requests are, when they run, and what is answered if each answers what it was
/// sent.
pub fn batch(input: &[u8]) {
    let batch = match Batch::parse(input, &ORIGIN) {
        Ok(batch) => batch,
        // An id is repeated in it as it was written.
        Err(error) => return assert!(error.to_string().len() < 1000, "{error}"),
    };
    check_items(batch.items());
    check_waves(&batch);
    check_blocked(&batch);
    check_answer(&batch, input);
}

fn check_items(items: &[Item<'_>]) {
    assert!((1..=20).contains(&items.len()));
    let ids: HashSet<_> = items.iter().map(|item| item.id.to_lowercase()).collect();
    assert_eq!(ids.len(), items.len(), "an id is there twice");
    for (index, item) in items.iter().enumerate() {
        assert!((1..=128).contains(&item.id.len()));
        assert!(item.after.is_none_or(|after| after < index), "{} depends on a later one", item.id);
        if let Ok(request) = &item.request {
            check_request(request);
        }
    }
    let serial = items.iter().enumerate().all(|(index, item)| item.after == index.checked_sub(1));
    let waited_for: HashSet<_> = items.iter().filter_map(|item| item.after).collect();
    assert!(serial || waited_for.len() < 2, "dependencies in no pattern");
}

fn check_request(request: &Request<'_>) {
    let legal = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b));
    assert!(request.path.starts_with('/') && legal(&request.path), "{}", request.path);
    assert!(request.query.as_deref().is_none_or(legal), "{:?}", request.query);
    let first = segments(&request.path).next();
    assert!(!first.is_some_and(|first| first.is_ok_and(|first| first.is("$batch"))), "a batch in a batch");
    let names: HashSet<_> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    assert_eq!(names.len(), request.headers.len(), "a header is there twice");
    for (name, value) in &request.headers {
        assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':'), "{name}");
        assert!(!value.bytes().any(|b| b.is_ascii_control() && b != b'\t'), "{value:?}");
    }
}

/// Each request is in one wave, what it depends on is in an earlier one, and so is every write
/// before a write.
fn check_waves(batch: &Batch<'_>) {
    let items = batch.items();
    let waves = batch.waves();
    assert!(waves.iter().all(|wave| !wave.is_empty()));
    let mut place = vec![None; items.len()];
    for (number, index) in waves.iter().enumerate().flat_map(|(n, wave)| wave.iter().map(move |i| (n, *i))) {
        assert_eq!(place.get(index), Some(&None), "request {index} is there twice, or there is none");
        place[index] = Some(number);
    }
    assert!(place.iter().all(Option::is_some), "a request is in no wave");
    let mut last_write = None;
    for (index, item) in items.iter().enumerate() {
        assert!(item.after.is_none_or(|after| place[after] < place[index]), "{} runs too early", item.id);
        if item.writes() {
            assert!(last_write < place[index], "{} is written too early", item.id);
            last_write = place[index];
        }
    }
}

fn check_blocked(batch: &Batch<'_>) {
    let count = batch.items().len();
    for (index, item) in batch.items().iter().enumerate() {
        assert_eq!(batch.blocked(index, &vec![399; count]), None);
        assert_eq!(batch.blocked(index, &vec![400; count]).is_some(), item.after.is_some());
    }
}

/// An answer, as a client reads it.
#[derive(serde::Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    responses: Vec<Response<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Response<'a> {
    id: String,
    status: u16,
    #[serde(borrow)]
    headers: &'a RawValue,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

fn check_answer(batch: &Batch<'_>, input: &[u8]) {
    let mut responses = Responses::with_capacity(0);
    for item in batch.items() {
        match &item.request {
            Ok(request) => {
                let headers = request.headers.iter().map(|(name, value)| (&**name, &**value));
                responses.push(&item.id, 200, headers, request.body.as_deref().unwrap_or_default());
            }
            Err(error) => {
                let text = error.to_string();
                responses.push(&item.id, 400, [("content-type", "text/plain")], text.as_bytes());
            }
        }
    }
    // Whatever it is, as bytes.
    responses.push("input", 200, [("Content-Type", "application/octet-stream")], input);
    let answer = responses.finish();
    let read: Result<Answer<'_>, _> = serde_json::from_slice(&answer);
    assert!(read.is_ok(), "{:?} in {}", read.err(), String::from_utf8_lossy(&answer));
    let Ok(Answer { mut responses }) = read else { return };
    let bytes = responses.pop();
    let body: Option<String> = bytes.and_then(|last| serde_json::from_str(last.body?.get()).ok());
    assert_eq!(body, Some(URL_SAFE_NO_PAD.encode(input)));
    assert_eq!(responses.len(), batch.items().len());
    for (item, response) in batch.items().iter().zip(&responses) {
        check_response(item, response);
    }
}

fn check_response(item: &Item<'_>, response: &Response<'_>) {
    assert_eq!(item.id, response.id);
    let Ok(request) = &item.request else { return assert_eq!(response.status, 400) };
    let headers: Result<serde_json::Map<_, _>, _> = serde_json::from_str(response.headers.get());
    assert!(headers.is_ok_and(|headers| headers.len() == request.headers.len()));
    let body = request.body.as_deref().unwrap_or_default();
    let Some(answered) = response.body.map(RawValue::get) else { return assert!(body.is_empty()) };
    // JSON as it was written; or a string of text, or of base64url.
    let string: Option<String> = serde_json::from_str(answered).ok();
    let same = answered.as_bytes() == body
        || string.is_some_and(|s| s.as_bytes() == body || URL_SAFE_NO_PAD.decode(s).is_ok_and(|b| b == body));
    assert!(same, "{answered} is not what was sent");
}
