use serde_json::{Map, Value, json};

use super::{answers, bodies, parameters};
use crate::endpoints::{Answer, answer, body, id, summary, tag};
use gangway_graph::names::COUNT;
use gangway_graph::{Endpoint, Operation, OperationRow, Route, Step, Success, Verb, Version};

/// Every route of the version, with its operations.
pub(crate) fn paths(version: Version) -> Value {
    Route::all(version).map(|route| (template(route), item(route, version))).collect::<Map<_, _>>().into()
}

/// What operations are about, each once.
pub(crate) fn tags(version: Version) -> Value {
    let endpoints = Route::all(version).flat_map(Route::endpoints);
    let mut tags: Vec<_> = endpoints.map(|(_, endpoint)| tag(endpoint, version)).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.into_iter().map(|name| json!({ "name": name })).collect()
}

/// The path of a route, with its keys and arguments in braces.
pub(crate) fn template(route: &Route) -> String {
    let step = |step: &Step| match step {
        Step::Reserved(name) | Step::Singleton(name) | Step::Navigation(name) | Step::Action(name) => {
            (*name).to_owned()
        }
        Step::Key(name) => format!("{{{name}}}"),
        Step::Count => COUNT.to_owned(),
        Step::Function(name) => format!("{name}()"),
        Step::FunctionOf { name, parameter } => format!("{name}({parameter}='{{{parameter}}}')"),
    };
    format!("/{}", route.steps.iter().map(step).collect::<Vec<_>>().join("/"))
}

fn item(route: &Route, version: Version) -> Value {
    let mut item: Map<_, _> = route
        .endpoints()
        .map(|(verb, endpoint)| (verb.name().to_ascii_lowercase(), operation(verb, endpoint, version)))
        .collect();
    let in_path = parameters::in_path(route);
    if !in_path.is_empty() {
        item.insert("parameters".into(), in_path.into());
    }
    item.into()
}

fn operation(verb: Verb, endpoint: Endpoint, version: Version) -> Value {
    let mut operation = json!({
        "operationId": id(endpoint),
        "summary": summary(endpoint),
        "tags": [tag(endpoint, version)],
        "responses": answers::of_endpoint(endpoint, version),
    });
    let parameters = parameters::of_endpoint(verb, endpoint, version);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = body(endpoint, version) {
        operation["requestBody"] = bodies::request(body);
    }
    if matches!(endpoint, Endpoint::ServiceDocument | Endpoint::Metadata) {
        operation["security"] = json!([]);
    }
    if matches!(answer(endpoint, version), Answer::Page(_)) {
        operation["x-ms-pageable"] =
            json!({ "itemName": "value", "nextLinkName": "@odata.nextLink", "operationName": "listMore" });
    }
    operation
}

/// What can be done by its id with an entity that was just created or, where none can be, is the first of a list.
pub(crate) fn links(endpoint: Endpoint) -> Option<Value> {
    let Endpoint::Operation(operation) = endpoint else { return None };
    let row = operation.row();
    let expression = match row.success {
        Success::Created => "$response.body#/id",
        Success::Page if !can_be_created(row) => "$response.body#/value/0/id",
        Success::Page
        | Success::Entity
        | Success::Changed
        | Success::Number
        | Success::Texts
        | Success::Nothing => return None,
    };
    let links = of_resource(row).filter_map(|row| {
        let key = row
            .route
            .steps
            .iter()
            .find_map(|step| if let Step::Key(key) = step { Some(*key) } else { None })?;
        Some((row.id.to_owned(), json!({ "operationId": row.id, "parameters": { key: expression } })))
    });
    Some(links.collect::<Map<_, _>>().into())
}

fn of_resource(row: &OperationRow) -> impl Iterator<Item = &'static OperationRow> {
    let resource = row.resource;
    Operation::ALL.iter().map(|operation| operation.row()).filter(move |row| row.resource == resource)
}

fn can_be_created(row: &OperationRow) -> bool {
    of_resource(row).any(|row| row.success == Success::Created)
}
