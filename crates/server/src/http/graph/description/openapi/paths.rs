use gangway_domain::Operation;
use http::Method;
use serde_json::{Map, Value, json};

use super::super::super::routes::{COUNT, Endpoint, ROUTES, Route, Step, Version};
use super::super::operations::{Answer, answer, body, id, summary, tag};
use super::{answers, bodies, parameters};

/// Every route of the version, with its operations.
pub(super) fn paths(version: Version) -> Value {
    let routes = served(version);
    routes.map(|route| (template(route), item(route, version))).collect::<Map<_, _>>().into()
}

/// What operations are about, each once.
pub(super) fn tags(version: Version) -> Value {
    let endpoints = served(version).flat_map(|route| route.verbs);
    let mut tags: Vec<_> = endpoints.map(|(_, endpoint)| tag(*endpoint)).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.into_iter().map(|name| json!({ "name": name })).collect()
}

fn served(version: Version) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |route| route.versions.contains(&version))
}

/// The path of a route, with its keys and arguments in braces.
pub(in super::super) fn template(route: &Route) -> String {
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
    let verbs = route.verbs.iter();
    let mut item: Map<_, _> = verbs
        .map(|(method, endpoint)| {
            (method.as_str().to_ascii_lowercase(), operation(method, *endpoint, version))
        })
        .collect();
    let in_path = parameters::in_path(route);
    if !in_path.is_empty() {
        item.insert("parameters".into(), in_path.into());
    }
    item.into()
}

fn operation(method: &Method, endpoint: Endpoint, version: Version) -> Value {
    let mut operation = json!({
        "operationId": id(endpoint),
        "summary": summary(endpoint),
        "tags": [tag(endpoint)],
        "responses": answers::of(endpoint, version),
    });
    let parameters = parameters::of(method, endpoint, version);
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

/// What can be done with an entity that was just created, or is the first of a list, by its id.
pub(super) fn links(endpoint: Endpoint) -> Option<Value> {
    use Operation as O;
    let (key, expression, operations): (_, _, &[_]) = if endpoint == Endpoint::Operation(O::CreatePartner) {
        (
            "remoteAssistancePartner-id",
            "$response.body#/id",
            &[O::GetPartner, O::UpdatePartner, O::BeginOnboarding, O::Disconnect, O::DeletePartner],
        )
    } else if endpoint == Endpoint::Operation(O::ListAuditEvents) {
        ("auditEvent-id", "$response.body#/value/0/id", &[O::GetAuditEvent])
    } else {
        return None;
    };
    let links = operations.iter().map(|operation| {
        let id = id(Endpoint::Operation(*operation));
        let link = json!({ "operationId": id, "parameters": { key: expression } });
        (id.to_owned(), link)
    });
    Some(links.collect::<Map<_, _>>().into())
}
