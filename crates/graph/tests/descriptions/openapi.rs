//! The API as OpenAPI 3.1: everything that is served under a version, and nothing else.
//!
//! Names of operations and parameters are those of Graph's own description (`microsoftgraph/msgraph-metadata`); what a
//! schema says is what the server holds to.

mod answers;
mod bodies;
mod parameters;
mod paths;
mod schemas;

use gangway_odata::model::StructuredType;
use serde_json::{Value, json};

pub(crate) use paths::template;

use gangway_graph::Version;
use gangway_graph::names::NAMESPACE;

const ABOUT: &str = "Microsoft Graph's contract of Intune's remote-assistance partners, as Gangway answers it. \
                     Paths, names and query options are compared without regard to case, ids are not. Anything that is \
                     not described is answered 400, also a method that a path does not have.";

/// The document.
pub(crate) fn document(version: Version) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gangway",
            "description": ABOUT,
            "version": version.name(),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": format!("/{}", version.name()) }],
        "security": [{ "bearer": [] }],
        "tags": paths::tags(version),
        "paths": paths::paths(version),
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            },
            "schemas": schemas::all(version),
            "responses": answers::shared(),
            "headers": answers::headers(),
            "parameters": parameters::shared(),
        },
    })
}

/// The name of a type among the schemas.
fn name(of: &StructuredType) -> String {
    format!("{NAMESPACE}.{}", of.name)
}

/// A reference to one of the components.
fn refer(section: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{section}/{name}") })
}
