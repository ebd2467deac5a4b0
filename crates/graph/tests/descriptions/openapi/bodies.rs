use gangway_domain::{MAX_DISPLAY_NAME, MAX_ONBOARDING_URL};
use gangway_graph::schema::{NAMESPACE, PARTNER_V1};
use gangway_odata::model::{StructuredType, Type};
use serde_json::{Map, Value, json};

use super::{name, refer, schemas};
use crate::endpoints::Body;

/// As times are taken: with any offset, to 100 ns. In the first and the last year there are, an offset might lead out of
/// them, so that is not promised.
fn time() -> String {
    const DAY: &str = "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
    const CLOCK: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?";
    const YEAR: &str =
        "(000[2-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])";
    const OFFSET: &str = "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    format!("^({YEAR}-{DAY}[Tt]{CLOCK}{OFFSET}|(0001|9999)-{DAY}[Tt]{CLOCK}[Zz])$")
}

/// A name has no control characters.
const NAME: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";
const URL: &str = r#"^[hH][tT][tT][pP][sS]?://[a-zA-Z0-9\[][^\u0000-\u0020\u007f-\u00a0"<>\\^`{|}]*$"#;

/// What a request brings.
pub(crate) fn request(body: Body) -> Value {
    let required = match body {
        Body::New(_) | Body::Change(_) | Body::Batch => true,
        Body::Parameters(_) => false,
    };
    json!({
        "required": required,
        "content": { "application/json": { "schema": refer("schemas", &name_of(body)) } },
    })
}

/// Its name among the schemas.
pub(crate) fn name_of(body: Body) -> String {
    match body {
        Body::New(of) => format!("{}.new", name(of)),
        Body::Change(of) => format!("{}.change", name(of)),
        Body::Parameters(_) => "beginOnboardingRequestBody".to_owned(),
        Body::Batch => "batch".to_owned(),
    }
}

/// Its schema: what is taken whatever state things are in.
pub(crate) fn schema(body: Body) -> Value {
    match body {
        Body::New(of) => entity(of, "What is not there is as for a partner that was never connected."),
        Body::Change(of) => {
            let mut schema =
                entity(of, "What is not there stays as it is. The id may be repeated, but not changed.");
            if let Some(properties) = schema["properties"].as_object_mut() {
                properties.remove("id");
            }
            schema
        }
        Body::Parameters(parameters) => {
            let properties = parameters.iter().map(|parameter| {
                (parameter.name.to_owned(), schemas::value(parameter.of, parameter.nullable))
            });
            object(&properties.collect(), "Parameters of the action, each of which may be left out.")
        }
        Body::Batch => batch(),
    }
}

fn entity(of: &StructuredType, about: &str) -> Value {
    let mut properties: Map<_, _> = of
        .properties
        .iter()
        .map(|property| {
            let mut schema = schemas::value(property.of, property.nullable);
            if property.of == Type::DateTimeOffset {
                schema["pattern"] = time().into();
            }
            narrow(of, property.name, &mut schema);
            (property.name.to_owned(), schema)
        })
        .collect();
    let names = [format!("#{NAMESPACE}.{}", of.name), format!("{NAMESPACE}.{}", of.name)];
    properties.insert("@odata.type".into(), json!({ "type": "string", "enum": names }));
    object(&properties, about)
}

/// What the types do not tell of what is taken.
fn narrow(of: &StructuredType, property: &str, schema: &mut Value) {
    if of.name != PARTNER_V1.name {
        return;
    }
    match property {
        "id" => schema["format"] = "uuid".into(),
        "displayName" => {
            schema["maxLength"] = MAX_DISPLAY_NAME.into();
            schema["pattern"] = NAME.into();
        }
        "onboardingUrl" => {
            schema["maxLength"] = MAX_ONBOARDING_URL.into();
            schema["pattern"] = URL.into();
        }
        _ => {}
    }
}

/// Annotations are read over.
fn object(properties: &Map<String, Value>, about: &str) -> Value {
    json!({
        "type": "object",
        "description": about,
        "properties": properties,
        "patternProperties": { "@": {} },
        "additionalProperties": false,
    })
}

fn batch() -> Value {
    let methods = ["GET", "POST", "PATCH", "PUT", "DELETE"];
    json!({
        "type": "object",
        "properties": {
            "requests": {
                "type": "array",
                "minItems": 1,
                "maxItems": 20,
                "items": {
                    "type": "object",
                    "description": "One request. What is wrong with it is answered in its place, and the others run.",
                    "properties": {
                        "id": { "type": "string", "minLength": 1, "maxLength": 128, "description": "Unique." },
                        "method": { "type": "string", "enum": methods },
                        "url": { "type": "string", "minLength": 1, "description": "Below the version." },
                        "headers": { "type": "object", "additionalProperties": { "type": "string" } },
                        "body": { "description": "With a Content-Type in the headers." },
                        "dependsOn": { "type": "array", "items": { "type": "string" }, "maxItems": 1 },
                        "atomicityGroup": { "type": "null", "description": "Not kept, so not taken." },
                        "if": { "type": "null", "description": "Not kept, so not taken." },
                    },
                    "required": ["id", "method", "url"],
                },
            },
        },
        "required": ["requests"],
    })
}
