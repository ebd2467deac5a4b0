//! The descriptions that are served: the model (CSDL) and OpenAPI of each version.
//!
//! They are files that a test writes from the routes, the operations and the schema, and that fails if they are not as it would
//! write them (`tests/descriptions`).

use crate::version::Version;

/// What describes one version.
#[derive(Debug, Clone, Copy)]
pub struct Descriptions {
    /// The model as CSDL XML.
    pub csdl_xml: &'static [u8],
    /// The model as CSDL JSON.
    pub csdl_json: &'static [u8],
    /// The API as OpenAPI.
    pub openapi: &'static [u8],
}

const V1: Descriptions = Descriptions {
    csdl_xml: include_bytes!("../descriptions/v1.0.csdl.xml"),
    csdl_json: include_bytes!("../descriptions/v1.0.csdl.json"),
    openapi: include_bytes!("../descriptions/v1.0.openapi.json"),
};
const BETA: Descriptions = Descriptions {
    csdl_xml: include_bytes!("../descriptions/beta.csdl.xml"),
    csdl_json: include_bytes!("../descriptions/beta.csdl.json"),
    openapi: include_bytes!("../descriptions/beta.openapi.json"),
};

impl Descriptions {
    /// What describes a version.
    #[must_use]
    pub const fn of_version(version: Version) -> Self {
        match version {
            Version::V1 => V1,
            Version::Beta => BETA,
        }
    }
}
