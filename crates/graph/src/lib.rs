//! Microsoft Graph's contract as far as Gangway serves it, as data: its types, its routes, its operations and who may
//! perform them.
//!
//! An operation is one row ([`OperationRow`]), which everything else follows from: what a request is matched against, which
//! permission it takes, what it is counted and throttled as, and how it is described. A type is a list of properties, each an
//! enum's member, so that whoever shows or stores them has to name every one.
#![deny(missing_docs)]

pub mod descriptions;
mod endpoint;
pub mod names;
mod operations;
mod permissions;
mod resource;
pub mod routes;
pub mod schema;
mod version;

pub use endpoint::Endpoint;
pub use operations::{Operation, OperationRow, RequestBody, Success};
pub use permissions::{Access, Denial, Profile, authorize};
pub use resource::{Resource, ThrottleFamily};
pub use routes::{Route, Step, Verb};
pub use version::Version;
