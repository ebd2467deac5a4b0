//! What OData says about requests: resource paths, query options, batches, and bodies, checked
//! against a model. No HTTP, no SQL, no clock, and nothing about partners.
//!
//! Sources: OData Version 4.01, Part 2: URL Conventions, and OData JSON Format Version 4.01.
#![deny(missing_docs)]

mod batch;
pub mod model;
pub mod parse;
mod path;
pub mod payload;
mod query;
pub mod token;
mod tree;

pub use batch::{Batch, BatchError, FailedDependency, Item, ItemError, Method, Origin, Request, Responses};
pub use parse::{Applies, Problem, QueryError, Rules};
pub use path::{InvalidPath, Segment, segments};
pub use query::{QueryOption, query_options};
pub use tree::{
    Comparison, Expand, Filter, Literal, Operand, OrderBy, Path, Query, Root, Search, Select, TextTest,
};
