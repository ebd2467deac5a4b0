//! What the OData URL conventions say about requests: resource paths and query options, as text. No HTTP, no SQL,
//! and nothing about partners.
//!
//! Source: OData Version 4.01, Part 2: URL Conventions.
#![deny(missing_docs)]

mod path;
mod query;

pub use path::{InvalidPath, Segment, segments};
pub use query::{QueryOption, query_options};
