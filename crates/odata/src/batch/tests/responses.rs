use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Responses;

#[test]
fn each_answer_is_written_as_its_type_has_it() {
    let mut responses = Responses::with_capacity(16);
    let json = [("OData-Version", "4.0"), ("content-type", "application/json;charset=utf-8")];
    responses.push("1", 200, json, br#"{"b":1,  "a":2.0}"#);
    responses.push("\"2\u{e9}", 204, [], b"");
    responses.push("3", 200, [("Content-Type", "text/plain")], b"12");
    responses.push("4", 200, [("Content-Type", "application/octet-stream")], b"???>>>");
    let expected = concat!(
        r#"{"responses":[{"id":"1","status":200,"headers":{"OData-Version":"4.0","content-type":"#,
        r#""application/json;charset=utf-8"},"body":{"b":1,  "a":2.0}},"#,
        "{\"id\":\"\\\"2\u{e9}\",\"status\":204,\"headers\":{}},",
        r#"{"id":"3","status":200,"headers":{"Content-Type":"text/plain"},"body":"12"},"#,
        r#"{"id":"4","status":200,"headers":{"Content-Type":"application/octet-stream"},"body":"Pz8_Pj4-"}]}"#,
    );
    assert_eq!(String::from_utf8(responses.finish()).unwrap(), expected);
    assert_eq!(Responses::with_capacity(0).finish(), br#"{"responses":[]}"#);
}

proptest! {
    #[test]
    fn whatever_is_answered_is_json_and_says_it(
        answers in prop::collection::vec((".*", 100_u16..600, ".*", "\\PC*"), 0..5),
    ) {
        let mut responses = Responses::with_capacity(0);
        let mut expected = Vec::new();
        for (id, status, header, body) in &answers {
            responses.push(id, *status, [("content-type", "text/x"), ("x", header)], body.as_bytes());
            let mut one = json!({"id": id, "status": status, "headers": {"content-type": "text/x", "x": header}});
            if !body.is_empty() {
                one["body"] = json!(body);
            }
            expected.push(one);
        }
        let found: Value = serde_json::from_slice(&responses.finish()).unwrap();
        prop_assert_eq!(found, json!({"responses": expected}));
    }
}
