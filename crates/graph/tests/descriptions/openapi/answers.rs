use gangway_odata::model::StructuredType;
use serde_json::{Map, Value, json};

use super::{name, paths, refer, schemas};
use crate::endpoints::{Answer, answer};
use gangway_graph::{Endpoint, Version};

const ERROR: &str = "microsoft.graph.ODataErrors.ODataError";
const TEXTS: &str = "StringCollectionResponse";
const BATCH: &str = "batchResponse";
const SERVICE: &str = "serviceDocument";

/// What an endpoint answers with.
pub(crate) fn of_endpoint(endpoint: Endpoint, version: Version) -> Value {
    let successes = successes(answer(endpoint, version));
    let mut answers: Map<_, _> = successes.map(|(status, answer)| (status.to_owned(), answer)).collect();
    if let (Some(links), Some(first)) = (paths::links(endpoint), answers.values_mut().next()) {
        first["links"] = links;
    }
    answers.insert("4XX".into(), refer("responses", "refused"));
    answers.insert("5XX".into(), refer("responses", "failed"));
    answers.into()
}

/// The status of each success there can be, and what comes with it.
fn successes(answer: Answer) -> impl Iterator<Item = (&'static str, Value)> {
    let (status, whole, otherwise) = match answer {
        Answer::Page(of) => {
            ("200", json(&refer("schemas", &schemas::page_name(of)), &["Preference-Applied"]), None)
        }
        Answer::Entity(of) => ("200", json(&refer("schemas", &name(of)), &[]), None),
        Answer::Created(of) => {
            let otherwise = nothing(&["Preference-Applied", "Location", "OData-EntityId"]);
            ("201", json(&complete(of), &["Location"]), Some(otherwise))
        }
        Answer::Changed(of) => ("200", json(&complete(of), &[]), Some(nothing(&["Preference-Applied"]))),
        Answer::Number => ("200", number(), None),
        Answer::Texts => ("200", json(&refer("schemas", TEXTS), &[]), None),
        Answer::Nothing => ("204", nothing(&[]), None),
        Answer::Batch => ("200", json(&refer("schemas", BATCH), &[]), None),
        Answer::ServiceDocument => ("200", json(&refer("schemas", SERVICE), &[]), None),
        Answer::Metadata => ("200", model(), None),
    };
    [(status, whole)].into_iter().chain(otherwise.map(|answer| ("204", answer)))
}

fn number() -> Value {
    let schema = json!({ "type": "integer", "format": "int64", "minimum": 0 });
    with("A number", &json!({ "text/plain": { "schema": schema } }), &["OData-Version"])
}

fn model() -> Value {
    let content = json!({
        "application/xml": { "schema": { "type": "string" } },
        "application/json": { "schema": { "type": "object" } },
    });
    with("The model", &content, &["OData-Version"])
}

/// An entity with all of its properties.
fn complete(of: &StructuredType) -> Value {
    let names: Vec<_> = of.properties.iter().map(|property| property.name).collect();
    json!({ "allOf": [refer("schemas", &name(of)), { "required": names }] })
}

fn json(schema: &Value, more: &[&str]) -> Value {
    let headers: Vec<_> = ["OData-Version"].iter().chain(more).copied().collect();
    with("Success", &json!({ "application/json": { "schema": schema } }), &headers)
}

fn nothing(more: &[&str]) -> Value {
    let mut answer = with("Success", &Value::Null, more);
    if let Some(members) = answer.as_object_mut() {
        members.remove("content");
    }
    answer
}

fn with(description: &str, content: &Value, more: &[&str]) -> Value {
    let names = ["request-id", "client-request-id", "x-ms-ags-diagnostic"];
    let headers = names.iter().chain(more).map(|name| ((*name).to_owned(), refer("headers", name)));
    json!({ "description": description, "content": content, "headers": headers.collect::<Map<_, _>>() })
}

/// The answers that every operation may give.
pub(crate) fn shared() -> Value {
    let content = json!({ "application/json": { "schema": refer("schemas", ERROR) } });
    json!({
        "refused": with("The request was refused", &content, &["WWW-Authenticate", "Retry-After"]),
        "failed": with("The request was not served", &content, &["Retry-After"]),
    })
}

/// Headers of answers.
pub(crate) fn headers() -> Value {
    let guid = json!({ "type": "string", "format": "uuid" });
    let header = |about: &str, required: bool, schema: &Value| json!({ "description": about, "required": required, "schema": schema });
    let text = json!({ "type": "string" });
    json!({
        "request-id": header("The server's name for the request.", true, &guid),
        "client-request-id": header("The client's name for it, if that is a GUID.", true, &guid),
        "x-ms-ags-diagnostic": header("Which server it was.", true, &text),
        "OData-Version": header("Always 4.0.", true, &json!({ "type": "string", "enum": ["4.0"] })),
        "Location": header("Where what was created is.", true, &json!({ "type": "string", "format": "uri" })),
        "OData-EntityId": header("What was created.", true, &json!({ "type": "string", "format": "uri" })),
        "Preference-Applied": header("What was done of what was preferred.", false, &text),
        "WWW-Authenticate": header("With 401.", false, &text),
        "Retry-After": header("In seconds, with 429 and 503.", false, &json!({ "type": "integer", "minimum": 0 })),
    })
}

/// What is answered and is not in the model.
pub(crate) fn schemas() -> Map<String, Value> {
    let text = json!({ "type": "string" });
    let texts =
        closed(&json!({ "@odata.context": text, "value": { "type": "array", "items": text } }), &["value"]);
    let entry = closed(&json!({ "name": text, "kind": text, "url": text }), &["name", "kind", "url"]);
    let service = closed(
        &json!({ "@odata.context": text, "value": { "type": "array", "items": entry } }),
        &["@odata.context", "value"],
    );
    let item = closed(
        &json!({
            "id": text,
            "status": { "type": "integer", "minimum": 200, "maximum": 599 },
            "headers": { "type": "object", "additionalProperties": text },
            "body": {},
        }),
        &["id", "status"],
    );
    let batch =
        closed(&json!({ "responses": { "type": "array", "minItems": 1, "items": item } }), &["responses"]);
    let mut schemas = errors();
    for (name, schema) in [(TEXTS, texts), (SERVICE, service), (BATCH, batch)] {
        schemas.insert(name.to_owned(), schema);
    }
    schemas
}

/// The envelope of errors, under the names of Graph's description.
fn errors() -> Map<String, Value> {
    const MAIN: &str = "microsoft.graph.ODataErrors.MainError";
    const INNER: &str = "microsoft.graph.ODataErrors.InnerError";
    let text = json!({ "type": "string" });
    let guid = json!({ "type": "string", "format": "uuid" });
    let inner = json!({
        "message": text,
        "date": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$" },
        "request-id": guid,
        "client-request-id": guid,
    });
    let main = json!({ "code": text, "message": text, "innerError": refer("schemas", INNER) });
    let error = json!({ "error": refer("schemas", MAIN) });
    Map::from_iter([
        (ERROR.to_owned(), closed(&error, &["error"])),
        (MAIN.to_owned(), closed(&main, &["code", "message", "innerError"])),
        (INNER.to_owned(), closed(&inner, &["date", "request-id", "client-request-id"])),
    ])
}

/// An object with nothing else in it.
fn closed(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
