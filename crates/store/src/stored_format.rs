//! How values are written into rows: words for the members of enumerations, and JSON where nothing searches. What is
//! stored this way is in people's databases, so it may grow and never changes.

pub(crate) mod audit_json;
pub(crate) mod release_json;
pub(crate) mod steps;
pub(crate) mod words;
