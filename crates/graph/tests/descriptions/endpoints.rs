//! What there is to describe of an endpoint: of an operation, what its row says; of what is no operation, what stands here.

use gangway_graph::names::DEVICE_MANAGEMENT;
use gangway_graph::{Endpoint, OperationRow, RequestBody, Success, Version};
use gangway_odata::model::{Property, StructuredType};

/// What a request brings.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// A new entity.
    New(&'static StructuredType),
    /// What is to be different.
    Change(&'static StructuredType),
    /// Parameters of an action, each of which may be left out.
    Parameters(&'static [Property]),
    /// Many requests.
    Batch,
}

/// What a success comes to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    Page(&'static StructuredType),
    Entity(&'static StructuredType),
    Created(&'static StructuredType),
    Changed(&'static StructuredType),
    Number,
    Texts,
    Nothing,
    Batch,
    ServiceDocument,
    Metadata,
}

/// The name of the operation; for the service's own, ours.
pub(crate) const fn id(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Operation(operation) => operation.row().id,
        Endpoint::Batch => "service.batch",
        Endpoint::ServiceDocument => "service.GetServiceDocument",
        Endpoint::Metadata => "service.GetMetadata",
    }
}

/// What it does, in a line.
pub(crate) const fn summary(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Operation(operation) => operation.row().summary,
        Endpoint::Batch => "Ask many things at once",
        Endpoint::ServiceDocument => "Get the service document",
        Endpoint::Metadata => "Get the model, as CSDL",
    }
}

/// What it is about.
pub(crate) fn tag(endpoint: Endpoint, version: Version) -> String {
    match endpoint {
        Endpoint::Operation(operation) => {
            let of = operation.row().resource.structured_type(version);
            format!("{DEVICE_MANAGEMENT}.{}", of.name)
        }
        Endpoint::Batch | Endpoint::ServiceDocument | Endpoint::Metadata => "service".to_owned(),
    }
}

/// The body of its requests; `None` if it has none, or needs none and is not harmed by an empty object.
pub(crate) fn body(endpoint: Endpoint, version: Version) -> Option<Body> {
    match endpoint {
        Endpoint::Operation(operation) => body_of_row(operation.row(), version),
        Endpoint::Batch => Some(Body::Batch),
        Endpoint::ServiceDocument | Endpoint::Metadata => None,
    }
}

fn body_of_row(row: &OperationRow, version: Version) -> Option<Body> {
    let of = row.resource.structured_type(version);
    match row.body {
        RequestBody::Nothing => None,
        RequestBody::Entity => Some(Body::New(of)),
        RequestBody::Changes => Some(Body::Change(of)),
        RequestBody::BetaParameters(_) => {
            let parameters = row.parameters(version);
            (!parameters.is_empty()).then_some(Body::Parameters(parameters))
        }
    }
}

/// What it answers with if it succeeds.
pub(crate) fn answer(endpoint: Endpoint, version: Version) -> Answer {
    match endpoint {
        Endpoint::Operation(operation) => answer_of_row(operation.row(), version),
        Endpoint::Batch => Answer::Batch,
        Endpoint::ServiceDocument => Answer::ServiceDocument,
        Endpoint::Metadata => Answer::Metadata,
    }
}

const fn answer_of_row(row: &OperationRow, version: Version) -> Answer {
    let of = row.resource.structured_type(version);
    match row.success {
        Success::Page => Answer::Page(of),
        Success::Entity => Answer::Entity(of),
        Success::Created => Answer::Created(of),
        Success::Changed => Answer::Changed(of),
        Success::Number => Answer::Number,
        Success::Texts => Answer::Texts,
        Success::Nothing => Answer::Nothing,
    }
}
