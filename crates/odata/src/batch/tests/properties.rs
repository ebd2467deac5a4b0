use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Batch, ORIGIN};

/// Requests in one of the three patterns, or in none of them.
fn requests() -> impl Strategy<Value = Vec<Value>> {
    let methods =
        prop::collection::vec(prop::sample::select(vec!["GET", "POST", "Delete", "nonsense"]), 1..=20);
    (methods, 0..4, 0..20_usize, any::<u64>()).prop_map(|(methods, pattern, same, bits)| {
        let on = |index: usize| match pattern {
            0 => None,
            1 => index.checked_sub(1),
            2 => Some(same).filter(|same| *same < index && bits >> index & 1 == 1),
            _ => (index > 0).then(|| usize::try_from(bits >> (index * 3) & 7).unwrap() % (index + 1)),
        };
        let request = |(index, method): (usize, &&str)| {
            let on: Vec<_> = on(index).into_iter().map(|on| format!("R{on}")).collect();
            json!({"id": format!("r{index}"), "method": method, "url": "/x", "dependsOn": on})
        };
        methods.iter().enumerate().map(request).collect()
    })
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Batch::parse(&body, &ORIGIN);
    }

    #[test]
    fn no_text_in_place_of_a_member_makes_the_parser_panic(
        member in prop::sample::select(vec!["id", "method", "url", "headers", "body", "dependsOn", "if"]),
        value in "[\\[\\]{}\",:0-9a-c/@#$%?.]{0,20}|\"[a-z/:@#$%?.\\[\\]\u{e9} ]{0,30}\"",
    ) {
        let body = format!(
            r#"{{"requests":[{{"id":"1","method":"POST","url":"/x","headers":{{"content-type":"x"}},"{member}":{value}}}]}}"#
        );
        let body = body.replace(&format!(r#""{member}":"1","#), "").replace(&format!(r#""{member}":"/x","#), "");
        let _ = Batch::parse(body.as_bytes(), &ORIGIN);
    }

    #[test]
    fn no_url_makes_the_parser_panic(url in "(https?:)?(//)?[a-z0-9:@/\\[\\].%$#? ]{0,40}|\\PC{0,30}") {
        let body = json!({"requests": [{"id": "1", "method": "GET", "url": url}]}).to_string();
        if let Ok(request) = &Batch::parse(body.as_bytes(), &ORIGIN).unwrap().items()[0].request {
            let legal = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b));
            prop_assert!(request.path.starts_with('/') && legal(&request.path), "{}", request.path);
            prop_assert!(request.query.as_deref().is_none_or(legal), "{:?}", request.query);
        }
    }

    #[test]
    fn every_request_is_in_one_wave_after_what_it_waits_for(requests in requests()) {
        let body = json!({"requests": requests}).to_string();
        let Ok(batch) = Batch::parse(body.as_bytes(), &ORIGIN) else { return Ok(()) };
        let waves = batch.waves();
        let place = |index: usize| waves.iter().position(|wave| wave.contains(&index)).unwrap();
        let mut all: Vec<_> = waves.iter().flatten().copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..requests.len()).collect::<Vec<_>>());
        prop_assert!(waves.iter().all(|wave| !wave.is_empty()));
        for (index, item) in batch.items().iter().enumerate() {
            let written = requests[index]["dependsOn"][0].as_str();
            let found = item.after.map(|after| format!("R{after}"));
            prop_assert_eq!(found.as_deref(), written);
            prop_assert!(item.after.is_none_or(|after| place(after) < place(index)));
            let writes: Vec<_> = (0..index).filter(|before| batch.items()[*before].writes()).collect();
            prop_assert!(!item.writes() || writes.iter().all(|before| place(*before) < place(index)));
        }
    }

    #[test]
    fn what_is_taken_has_a_pattern_and_what_has_one_is_taken(requests in requests()) {
        let body = json!({"requests": requests}).to_string();
        let on: Vec<_> = requests.iter().map(|r| r["dependsOn"][0].as_str().and_then(|on| on[1..].parse().ok())).collect();
        let earlier = on.iter().enumerate().all(|(index, on): (_, &Option<usize>)| on.is_none_or(|on| on < index));
        let serial = on.iter().enumerate().all(|(index, on)| *on == index.checked_sub(1));
        let mut targets: Vec<_> = on.iter().flatten().collect();
        targets.dedup();
        let taken = Batch::parse(body.as_bytes(), &ORIGIN).is_ok();
        prop_assert_eq!(taken, earlier && (serial || targets.len() < 2));
    }
}
