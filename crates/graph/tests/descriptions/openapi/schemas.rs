use gangway_odata::model::{EnumType, StructuredType, Type};
use serde_json::{Map, Value, json};

use super::{answers, bodies, name, refer};
use crate::endpoints::{Answer, answer, body};
use crate::types::Types;
use gangway_graph::names::NAMESPACE;
use gangway_graph::{Route, Version};

/// As times are written: in UTC, to 100 ns.
const TIME: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?Z$";

/// Every schema of a version.
pub(crate) fn all(version: Version) -> Value {
    let types = Types::of_version(version);
    let mut schemas = Map::new();
    for of in &types.enums {
        schemas.insert(enum_name(of), json!({ "type": "string", "enum": of.members }));
    }
    for of in types.entities.iter().chain(&types.complexes) {
        schemas.insert(name(of), object(of));
    }
    for (_, endpoint) in Route::all(version).flat_map(Route::endpoints) {
        if let Answer::Page(of) = answer(endpoint, version) {
            schemas.insert(page_name(of), page(of));
        }
        if let Some(body) = body(endpoint, version) {
            schemas.insert(bodies::name_of(body), bodies::schema(body));
        }
    }
    schemas.extend(answers::schemas());
    schemas.into()
}

fn enum_name(of: &EnumType) -> String {
    format!("{NAMESPACE}.{}", of.name)
}

/// The name of a page of such items, as Graph's description has it.
pub(crate) fn page_name(of: &StructuredType) -> String {
    format!("{}CollectionResponse", name(of))
}

/// An entity or a part as it is shown: annotations may stand beside any property, and `$select` may leave out each.
fn object(of: &StructuredType) -> Value {
    let properties: Map<_, _> = of
        .properties
        .iter()
        .map(|property| {
            let mut schema = value(property.of, property.nullable);
            schema["description"] = property.about.into();
            (property.name.to_owned(), schema)
        })
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": { "@odata\\.": {} },
        "additionalProperties": false,
    })
}

fn page(of: &StructuredType) -> Value {
    json!({
        "type": "object",
        "properties": {
            "@odata.context": { "type": "string" },
            "@odata.count": { "type": ["integer", "string"], "format": "int64" },
            "@odata.nextLink": { "type": "string" },
            "value": { "type": "array", "items": refer("schemas", &name(of)) },
        },
        "required": ["value"],
        "additionalProperties": false,
    })
}

/// A value as it is shown. Of a collection, `nullable` is about its members.
pub(crate) fn value(of: Type, nullable: bool) -> Value {
    let text = if nullable { json!(["string", "null"]) } else { json!("string") };
    match of {
        Type::String => json!({ "type": text }),
        Type::Boolean => {
            json!({ "type": if nullable { json!(["boolean", "null"]) } else { json!("boolean") } })
        }
        Type::Guid => json!({ "type": text, "format": "uuid" }),
        Type::Int64 => {
            json!({ "type": if nullable { json!(["integer", "null"]) } else { json!("integer") }, "format": "int64" })
        }
        Type::DateTimeOffset => json!({ "type": text, "format": "date-time", "pattern": TIME }),
        Type::Enum(of) => one_of(&refer("schemas", &enum_name(of)), nullable),
        Type::Complex(of) => one_of(&refer("schemas", &name(of)), nullable),
        Type::Collection(of) => json!({ "type": "array", "items": value(*of, nullable) }),
    }
}

fn one_of(schema: &Value, nullable: bool) -> Value {
    if nullable { json!({ "anyOf": [schema, { "type": "null" }] }) } else { json!({ "allOf": [schema] }) }
}
