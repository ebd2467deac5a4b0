//! What OData says about requests: resource paths, query options, batches, and bodies, checked against a model. No HTTP, no
//! SQL, no clock, and nothing about partners.
//!
//! Source: OData Version 4.01, Part 2: URL Conventions.
#![deny(missing_docs)]

pub mod model;
mod path;
pub mod payload;
mod query;
mod tree;

pub use path::{InvalidPath, Segment, segments};
pub use query::{QueryOption, query_options};
pub use tree::{
    Comparison, Expand, Filter, Literal, Operand, OrderBy, Path, Query, Root, Search, Select, TextTest,
};
