mod properties;
mod responses;
mod urls;

use serde_json::{Value, json};

use super::limits::{MAX_HEADERS, MAX_ID};
use super::*;

const ORIGIN: Origin<'static> = Origin { base: "https://graph.example", host: None, version: "v1.0" };

/// What a test looks at of a request: method, path with query, headers, body.
type Seen = Result<(Method, String, Vec<(String, String)>, Option<String>), ItemError>;

fn seen(item: &Item<'_>) -> Seen {
    let request = item.request.as_ref().map_err(|error| *error)?;
    let query = request.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
    let headers = request.headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let body = request.body.as_deref().map(|body| String::from_utf8_lossy(body).into_owned());
    Ok((request.method, format!("{}{query}", request.path), headers, body))
}

/// Why the whole batch is refused.
fn refused(body: &str) -> String {
    Batch::parse(body.as_bytes(), &ORIGIN).unwrap_err().to_string()
}

fn refused_requests(requests: &Value) -> String {
    refused(&json!({ "requests": requests }).to_string())
}

/// A batch of this one request.
fn alone(request: &Value) -> Seen {
    let body = json!({ "requests": [request] }).to_string();
    seen(&Batch::parse(body.as_bytes(), &ORIGIN).unwrap().items[0])
}

/// A batch of GETs and POSTs (in upper case), each with what it depends on.
fn depending(written: &[(&str, &[&str])]) -> Value {
    let request = |(id, on): &(&str, &[&str])| {
        let method = if id.chars().all(char::is_uppercase) { "POST" } else { "GET" };
        json!({"id": id, "method": method, "url": "/x", "dependsOn": on})
    };
    Value::Array(written.iter().map(request).collect())
}

fn waves(requests: &Value) -> Vec<Vec<usize>> {
    let body = json!({ "requests": requests }).to_string();
    Batch::parse(body.as_bytes(), &ORIGIN).unwrap().waves()
}

#[test]
fn a_request_is_read_as_it_would_be_alone() {
    let read = alone(&json!({
        "id": "A", "method": "patch", "url": "/things/1?$select=id", "unknown": {"id": 1}, "depends_on": ["nobody"],
        "headers": {"content-TYPE": "application/json", "Prefer": "return=minimal"}, "body": {"b": [1], "a": "\u{e9}"},
    }));
    let headers = [("Prefer", "return=minimal"), ("content-TYPE", "application/json")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let body = Some("{\"a\":\"\u{e9}\",\"b\":[1]}".to_owned());
    assert_eq!(read, Ok((Method::Patch, "/things/1?$select=id".into(), headers, body)));
}

#[test]
fn what_is_no_batch_is_said_to_be_none_in_graphs_words() {
    let deep = format!("{{\"requests\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = r#"{"requests":[{"id":"1","id":"2","method":"GET","url":"/x"}]}"#;
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "{\"requests\":null}",
        "{\"requests\":[]}",
        "{\"requests\":{}}",
        "{\"requests\":[1]}",
        "{\"requests\":[[\"1\",\"GET\",\"/x\"]]}",
        "{\"requests\":[{}],\"requests\":[{}]}",
        "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/x\"}]",
        "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/x\"}]} x",
        "[[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/x\"}]]",
        twice,
        &deep,
    ] {
        assert_eq!(refused(body), "Invalid batch payload format.", "{}", &body[..body.len().min(100)]);
    }
    assert_eq!(Batch::parse(b"{\"requests\":[{\"id\":\"\xff\"}]}", &ORIGIN), Err(BatchError::Payload));
}

#[test]
fn depth_is_no_trouble_where_nobody_looks() {
    let deep = format!("{}{}", "[".repeat(400_000), "]".repeat(400_000));
    let body = format!(
        "{{\"x\":{deep},\"requests\":[{{\"id\":\"1\",\"method\":\"POST\",\"url\":\"/x\",\"y\":{deep},\
         \"headers\":{{\"Content-Type\":\"application/json\"}},\"body\":{deep}}}]}}"
    );
    let batch = Batch::parse(body.as_bytes(), &ORIGIN).unwrap();
    let request = batch.items[0].request.as_ref().unwrap();
    assert_eq!(request.body.as_deref(), Some(deep.as_bytes()));
}

#[test]
fn a_batch_has_up_to_20_requests() {
    let many = |count: usize| {
        let requests: Vec<_> =
            (0..count).map(|n| json!({"id": n.to_string(), "method": "GET", "url": "/x"})).collect();
        json!({ "requests": requests }).to_string()
    };
    assert_eq!(Batch::parse(many(20).as_bytes(), &ORIGIN).unwrap().items().len(), 20);
    assert_eq!(refused(&many(21)), "The batch has 21 requests, but the most a batch may have is 20.");
}

#[test]
fn an_id_is_a_string_that_no_other_has_in_whatever_case() {
    let with = |id: Value| json!({"id": id, "method": "GET", "url": "/x"});
    for id in [json!(null), json!(""), json!(1), json!(["1"]), json!("x".repeat(MAX_ID + 1))] {
        let expected = "Request number 2 of the batch has no 'id' that is a string of 1 to 128 bytes.";
        assert_eq!(refused_requests(&json!([with(json!("1")), with(id)])), expected);
    }
    for (one, other) in [("1", "1"), ("a", "A"), ("\u{e9}", "\u{c9}")] {
        let expected = format!("Request Id {other} has to be unique in a batch.");
        assert_eq!(refused_requests(&json!([with(json!(one)), with(json!(other))])), expected);
    }
    assert_eq!(waves(&json!([with(json!("1")), with(json!("01"))])), [[0, 1]]);
}

#[test]
fn a_dependency_is_a_request_before_it() {
    let invalid = "Invalid dependency for request Id b.";
    for on in [json!(["c"]), json!(["x"]), json!(["b"]), json!("a"), json!([1]), json!({}), json!([null])] {
        let requests = json!([
            {"id": "a", "method": "GET", "url": "/x"},
            {"id": "b", "method": "GET", "url": "/x", "dependsOn": on},
            {"id": "c", "method": "GET", "url": "/x"},
        ]);
        assert_eq!(refused_requests(&requests), invalid, "{on}");
    }
    let two = refused_requests(&depending(&[("a", &[]), ("b", &[]), ("c", &["a", "b"])]));
    assert_eq!(two, "Invalid dependency for request Id c. A request may depend on one other request only.");
}

#[test]
fn dependencies_have_one_of_graphs_three_patterns() {
    assert_eq!(waves(&depending(&[("a", &[]), ("b", &[]), ("c", &[])])), [vec![0, 1, 2]]);
    assert_eq!(waves(&depending(&[("a", &[]), ("b", &["A"]), ("c", &["b"])])), [[0], [1], [2]]);
    assert_eq!(waves(&depending(&[("a", &[]), ("b", &["a"]), ("c", &["a"])])), [vec![0], vec![1, 2]]);
    assert_eq!(
        waves(&depending(&[("a", &[]), ("b", &[]), ("c", &["b"]), ("d", &[])])),
        [vec![0, 1, 3], vec![2]]
    );
    for (requests, id) in [
        (depending(&[("a", &[]), ("b", &[]), ("c", &["a"]), ("d", &["b"])]), "d"),
        (depending(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &[])]), "c"),
        (depending(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["c"])]), "d"),
    ] {
        let said = refused_requests(&requests);
        assert!(said.starts_with(&format!("Invalid dependency for request Id {id}. Either")), "{said}");
    }
}

#[test]
fn reads_run_at_once_and_writes_in_their_order() {
    assert_eq!(
        waves(&depending(&[("A", &[]), ("b", &[]), ("C", &[]), ("d", &[]), ("E", &[])])),
        [vec![0, 1, 3], vec![2], vec![4],]
    );
    assert_eq!(
        waves(&depending(&[("a", &[]), ("B", &["a"]), ("C", &[]), ("d", &["a"])])),
        [vec![0], vec![1, 3], vec![2],]
    );
}

#[test]
fn what_depends_on_what_failed_is_not_run() {
    let body = json!({"requests": depending(&[("a", &[]), ("b", &["a"]), ("c", &["b"])])}).to_string();
    let batch = Batch::parse(body.as_bytes(), &ORIGIN).unwrap();
    for (statuses, blocked) in [
        ([200, 204, 0], [None, None, None]),
        ([399, 400, 0], [None, None, Some("b")]),
        ([404, 424, 0], [None, Some("a"), Some("b")]),
        ([503, 200, 200], [None, Some("a"), None]),
    ] {
        let found = [0, 1, 2].map(|index| batch.blocked(index, &statuses).map(|failed| failed.on));
        assert_eq!(found, blocked, "{statuses:?}");
    }
    assert_eq!(batch.blocked(1, &[]), Some(FailedDependency { on: "a" }));
}

#[test]
fn nothing_is_promised_that_is_not_kept() {
    for member in ["atomicityGroup", "if"] {
        let said = refused_requests(&json!([{"id": "1", "method": "GET", "url": "/x", member: "g"}]));
        assert_eq!(said, format!("Request Id 1 has the member '{member}', which is not supported."));
        assert!(alone(&json!({"id": "1", "method": "GET", "url": "/x", member: null})).is_ok());
    }
}

#[test]
fn a_write_says_what_its_body_is() {
    for method in ["POST", "patch", "PUT", "DELETE"] {
        for headers in
            [json!(null), json!({}), json!({"Content-Type": " "}), json!({"Accept": "application/json"})]
        {
            let request = json!({"id": "x", "method": method, "url": "/x", "headers": headers, "body": {}});
            let said = refused_requests(&json!([{"id": "1", "method": "GET", "url": "/x"}, request]));
            assert_eq!(said, "Write request with id 'x' does not contain a Content-Type header.");
        }
        for body in [
            json!({"id": "1", "method": method, "url": "/x"}),
            json!({"id": "1", "method": method, "url": "/x", "body": null}),
        ] {
            assert_eq!(alone(&body).unwrap().3, None, "{method}");
        }
    }
    let get = alone(&json!({"id": "1", "method": "GET", "url": "/x", "body": {}})).unwrap();
    assert_eq!(get.3, None, "a GET's body is not looked at");
}

#[test]
fn a_body_is_written_as_its_type_has_it() {
    let body = |kind: &str, body: Value| {
        let headers = json!({"content-type": kind});
        let read =
            alone(&json!({"id": "1", "method": "POST", "url": "/x", "headers": headers, "body": body}));
        read.map(|request| request.3.unwrap())
    };
    for kind in ["application/json", "APPLICATION/JSON; charset=utf-8", "application/merge-patch+json"] {
        assert_eq!(body(kind, json!({"a": 1})).unwrap(), "{\"a\":1}");
        assert_eq!(
            body(kind, json!("e30")).unwrap(),
            "\"e30\"",
            "a string is a JSON string under a JSON type"
        );
    }
    for (kind, written, read) in [
        ("text/plain", "gr\u{fc}n\n", "gr\u{fc}n\n"),
        ("application/octet-stream", "Pz8_Pj4-", "???>>>"),
        ("application/octet-stream", "Pz8/Pj4+", "???>>>"),
        ("image/png", "YQ", "a"),
        ("image/png", "YQ==", "a"),
        ("application/json-seq", "", ""),
    ] {
        assert_eq!(body(kind, json!(written)).unwrap(), read, "{kind} {written}");
    }
    for (kind, written) in [
        ("text/plain", json!({})),
        ("image/png", json!({})),
        ("image/png", json!("Y")),
        ("image/png", json!("Y Q")),
        ("image/png", json!("Pz8_Pj4+")),
    ] {
        assert_eq!(body(kind, written.clone()), Err(ItemError::Body), "{kind} {written}");
    }
}

#[test]
fn what_is_wrong_with_one_request_is_that_ones_answer() {
    let with = |member: &str, value: Value| {
        let mut request = json!({"id": "1", "method": "GET", "url": "/x"});
        request[member] = value;
        alone(&request)
    };
    for method in [json!(null), json!("HEAD"), json!(""), json!(1), json!("GET ")] {
        assert_eq!(with("method", method), Err(ItemError::Method));
    }
    for url in [json!(null), json!(""), json!(7)] {
        assert_eq!(with("url", url), Err(ItemError::NoUrl));
    }
    let many: Value =
        (0..=MAX_HEADERS).map(|n| (format!("x-{n}"), json!(""))).collect::<serde_json::Map<_, _>>().into();
    for headers in [
        json!([]),
        json!("x"),
        json!({"x": 1}),
        json!({"x": null}),
        json!({"x": "a\r\nb"}),
        json!({"x": "\u{7f}"}),
        json!({"": "x"}),
        json!({"x y": "x"}),
        json!({"\u{e9}": "x"}),
        json!({"x": "1", "X": "2"}),
        many,
    ] {
        assert_eq!(with("headers", headers.clone()), Err(ItemError::Headers), "{headers}");
    }
    assert!(with("headers", json!({"x": "a\tb \u{e9}"})).is_ok());
    let body = json!({"requests": [
        {"id": "1", "method": "HEAD", "url": "/x"},
        {"id": "2", "method": "GET", "url": "/x", "dependsOn": ["1"]},
    ]});
    let body = body.to_string();
    let batch = Batch::parse(body.as_bytes(), &ORIGIN).unwrap();
    assert_eq!((batch.items()[0].request.is_err(), batch.items()[1].request.is_ok()), (true, true));
}
