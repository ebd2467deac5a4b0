//! Writes the descriptions anew and compares them with those that are served.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "clippy knows tests by their attribute, not what they call"
)]

mod callables;
mod csdl_json;
mod csdl_xml;
mod endpoints;
mod openapi;
mod types;

use std::path::Path;

use gangway_graph::{Route, Version};
use serde_json::Value;

/// The short name of the namespace, and what Graph's model calls its other parts.
const ALIAS: &str = "graph";
const CONTAINER: &str = "GraphService";
const CORE: &str = "Org.OData.Core.V1";
const CORE_ADDRESS: &str =
    "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml";

fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

#[test]
fn the_descriptions_that_are_served_are_those_of_what_is_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("descriptions");
    let rewrite = std::env::var_os("UPDATE_DESCRIPTIONS").is_some();
    for version in Version::ALL {
        for (kind, written) in [
            ("csdl.xml", csdl_xml::document(version)),
            ("csdl.json", pretty(&csdl_json::document(version))),
            ("openapi.json", pretty(&openapi::document(version))),
        ] {
            let file = folder.join(format!("{}.{kind}", version.name()));
            if rewrite {
                std::fs::write(&file, &written).unwrap();
            }
            let kept = std::fs::read_to_string(&file).unwrap_or_default();
            let line = kept.lines().zip(written.lines()).position(|(kept, written)| kept != written);
            assert!(
                kept == written,
                "{} is out of date, in line {} at the latest. Write it anew with \
                 `UPDATE_DESCRIPTIONS=1 cargo test -p gangway-graph --test descriptions`, and look at the difference.",
                file.display(),
                line.unwrap_or_else(|| kept.lines().count().min(written.lines().count())) + 1,
            );
        }
    }
}

#[test]
fn every_operation_of_every_route_is_described_and_nothing_else_is() {
    for version in Version::ALL {
        let document = openapi::document(version);
        let described = document["paths"].as_object().unwrap();
        let routes: Vec<_> = Route::all(version).collect();
        assert_eq!(described.len(), routes.len());
        for route in routes {
            let path = &described[&openapi::template(route)];
            let mut verbs: Vec<_> =
                path.as_object().unwrap().keys().filter(|key| *key != "parameters").cloned().collect();
            let mut served: Vec<_> =
                route.endpoints().map(|(verb, _)| verb.name().to_ascii_lowercase()).collect();
            verbs.sort_unstable();
            served.sort_unstable();
            assert_eq!(verbs, served, "{}", openapi::template(route));
        }
    }
}

#[test]
fn no_two_operations_have_one_id() {
    for version in Version::ALL {
        let document = openapi::document(version);
        let operations = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|path| path.as_object().unwrap().values());
        let mut ids: Vec<_> = operations.filter_map(|operation| operation["operationId"].as_str()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn follow(document: &Value, within: &Value) {
        match within {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                if let ("$ref", Value::String(reference)) = (name.as_str(), value) {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                follow(document, value);
            }),
            Value::Array(items) => items.iter().for_each(|item| follow(document, item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    for version in Version::ALL {
        let document = openapi::document(version);
        follow(&document, &document);
    }
}

#[test]
fn the_model_is_xml_with_the_types_that_clients_look_for() {
    use quick_xml::events::Event;

    for (version, actions, settings) in [(Version::V1, 2, 0), (Version::Beta, 2, 1)] {
        let document = csdl_xml::document(version);
        let mut reader = quick_xml::Reader::from_str(&document);
        let (mut names, mut found) = (Vec::new(), 0);
        let mut event = reader.read_event().unwrap();
        while event != Event::Eof {
            if let Event::Start(element) | Event::Empty(element) = &event {
                let name = element.try_get_attribute("Name").unwrap();
                names.push(name.map(|name| name.value.into_owned()).unwrap_or_default());
                found += usize::from(element.name().as_ref() == "Action");
            }
            event = reader.read_event().unwrap();
        }
        assert_eq!(found, actions);
        assert_eq!(names.iter().filter(|name| *name == "remoteAssistanceState").count() > 0, settings > 0);
        assert!(names.iter().any(|name| name == "getAuditActivityTypes"));
    }
}
