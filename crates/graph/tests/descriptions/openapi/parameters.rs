use gangway_odata::Applies;
use gangway_odata::model::{Property, StructuredType, Type};
use gangway_odata::parse::limits::{MAX_OPTION_LENGTH, MAX_ORDER_KEYS, MAX_SELECTED};
use serde_json::{Value, json};

use super::refer;
use crate::endpoints::{Answer, answer};
use gangway_graph::{Endpoint, Route, Step, Verb, Version};

/// Keys and arguments in the path of a route.
pub(crate) fn in_path(route: &Route) -> Vec<Value> {
    let parameters = route.steps.iter().filter_map(|step| match step {
        Step::Key(name) => Some((*name, "The id.", json!({ "type": "string", "format": "uuid" }))),
        Step::FunctionOf { parameter, .. } => Some((
            *parameter,
            "What stands between quotes; a quote in it is doubled.",
            json!({ "type": "string", "pattern": "^([^']|'')*$" }),
        )),
        Step::Reserved(_)
        | Step::Singleton(_)
        | Step::Navigation(_)
        | Step::Count
        | Step::Action(_)
        | Step::Function(_) => None,
    });
    let parameters = parameters.map(|(name, about, schema)| {
        json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema })
    });
    parameters.collect()
}

/// Query options and headers of an operation.
pub(crate) fn of_endpoint(verb: Verb, endpoint: Endpoint, version: Version) -> Vec<Value> {
    let mut parameters = match endpoint {
        Endpoint::Operation(operation) => {
            let row = operation.row();
            options(row.resource.structured_type(version), row.applies)
        }
        Endpoint::Metadata => vec![refer("parameters", "format")],
        Endpoint::Batch | Endpoint::ServiceDocument => Vec::new(),
    };
    match answer(endpoint, version) {
        Answer::Page(_) => parameters.push(refer("parameters", "Prefer-maxpagesize")),
        Answer::Created(_) | Answer::Changed(_) => parameters.push(refer("parameters", "Prefer-return")),
        Answer::Entity(_)
        | Answer::Number
        | Answer::Texts
        | Answer::Nothing
        | Answer::Batch
        | Answer::ServiceDocument
        | Answer::Metadata => {}
    }
    if verb == Verb::Delete {
        parameters.push(refer("parameters", "If-Match"));
    }
    parameters
}

fn options(of: &StructuredType, applies: Applies) -> Vec<Value> {
    match applies {
        Applies::Collection => [
            refer("parameters", "top"),
            refer("parameters", "skip"),
            refer("parameters", "search"),
            filter(of),
            refer("parameters", "count"),
            order_by(of),
            select(of),
        ]
        .into_iter()
        .chain(expand(of))
        .collect(),
        Applies::Entity => [select(of)].into_iter().chain(expand(of)).collect(),
        Applies::Count => vec![refer("parameters", "search"), filter(of)],
        Applies::Metadata | Applies::Nothing | Applies::ExpandedMany | Applies::ExpandedOne => Vec::new(),
    }
}

fn query(name: &str, about: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}

/// An option that lists names, separated by commas.
fn list(name: &str, about: &str, schema: &Value) -> Value {
    let mut parameter = query(name, about, schema);
    parameter["style"] = "form".into();
    parameter["explode"] = false.into();
    parameter
}

/// The format names the type that is filtered, because what can be said of it follows from that.
fn filter(of: &StructuredType) -> Value {
    let mut schema = json!({
        "type": "string",
        "format": format!("odata-filter-{}", of.name),
        "maxLength": MAX_OPTION_LENGTH,
    });
    let examples: Vec<_> = of.properties.iter().filter_map(filter_example).collect();
    schema["examples"] = examples.into();
    query("$filter", "Which items to show, as OData 4.01 URL Conventions has it (section 5.1.1).", &schema)
}

fn filter_example(property: &Property) -> Option<String> {
    let name = property.name;
    match property.of {
        Type::Enum(of) => Some(format!("{name} eq '{}'", of.members.first()?)),
        Type::DateTimeOffset => Some(format!("{name} ge 2026-01-01T00:00:00Z")),
        Type::String | Type::Boolean | Type::Guid | Type::Int64 | Type::Complex(_) | Type::Collection(_) => {
            None
        }
    }
}

fn order_by(of: &StructuredType) -> Value {
    let names = of.properties.iter().filter(|property| is_ordered(property)).map(|property| property.name);
    let keys: Vec<_> = names.flat_map(|name| [name.to_owned(), format!("{name} desc")]).collect();
    let items = json!({ "type": "string", "enum": keys });
    let schema = json!({ "type": "array", "items": items, "maxItems": MAX_ORDER_KEYS });
    list("$orderby", "In which order; the first counts most.", &schema)
}

const fn is_ordered(property: &Property) -> bool {
    match property.of {
        Type::String | Type::Boolean | Type::Guid | Type::Int64 | Type::DateTimeOffset | Type::Enum(_) => {
            true
        }
        Type::Complex(_) | Type::Collection(_) => false,
    }
}

fn select(of: &StructuredType) -> Value {
    let names: Vec<_> = of.properties.iter().map(|property| property.name).collect();
    let items = json!({ "type": "string", "enum": names });
    let schema = json!({ "type": "array", "items": items, "maxItems": MAX_SELECTED });
    list("$select", "Which properties to show.", &schema)
}

/// Nothing can be expanded: where there are no navigation properties, all of them may be named, and are none.
fn expand(of: &StructuredType) -> Option<Value> {
    let all = json!({ "type": "array", "items": { "type": "string", "enum": ["*"] } });
    of.navigation.is_empty().then(|| list("$expand", "There is nothing to show with it.", &all))
}

/// Those that are the same wherever they are.
pub(crate) fn shared() -> Value {
    let amount = json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": i64::MAX });
    let search = json!({ "type": "string", "format": "odata-search", "maxLength": MAX_OPTION_LENGTH, "examples": ["contoso OR \"remote assistance\""] });
    let formats = json!({ "type": "string", "enum": ["application/xml", "application/json", "xml", "json"] });
    let text = json!({ "type": "string" });
    let header = |name, about, schema: &Value| json!({ "name": name, "in": "header", "description": about, "schema": schema });
    let prefer = |example| json!({ "type": "string", "examples": [example] });
    json!({
        "top": query("$top", "How many items to show at most.", &amount),
        "skip": query("$skip", "How many items to leave out at the beginning.", &amount),
        "search": query(
            "$search",
            "Words and quoted phrases to look for, with AND, OR, NOT and parentheses.",
            &search,
        ),
        "count": query("$count", "Whether to say how many there are in all.", &json!({ "type": "boolean" })),
        "format": query("$format", "How to write it, in place of the Accept header.", &formats),
        "If-Match": header("If-Match", "ETag. Has no effect: nothing here has one.", &text),
        "Prefer-maxpagesize": header("Prefer", "odata.maxpagesize=N: how long a page may be.", &prefer("odata.maxpagesize=5")),
        "Prefer-return": header("Prefer", "return=minimal: 204 in place of 200 or 201.", &prefer("return=minimal")),
    })
}
