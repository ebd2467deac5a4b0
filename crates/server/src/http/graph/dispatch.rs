//! Which handler answers.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use gangway_domain::Caller;
use gangway_graph::{Endpoint, Operation};
use gangway_odata::ItemError;
use http::Response;
use http_body_util::Full;

use super::allowed::Allowed;
use super::answer::Answered;
use super::request::{GraphRequest, Target};
use super::{audit_events, description, device_management, partners, settings};
use crate::http::body::Body;
use crate::http::context::Context;
use crate::http::error::ApiError;
use crate::http::public::Public;
use crate::metrics::Label;

/// A handler at work.
type Handling<'a> = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, ApiError>> + Send + 'a>>;

/// The answer, if it is one that is for everybody.
pub(super) fn described(context: &Context, request: GraphRequest<'_>) -> Option<Answered> {
    let outcome = match request.endpoint? {
        Endpoint::ServiceDocument => description::service_document(context, request),
        Endpoint::Metadata => description::metadata(request),
        Endpoint::Operation(_) | Endpoint::Batch => return None,
    };
    Some((outcome, Label::Description))
}

/// Answers a request whose caller is known.
pub(super) async fn perform(
    public: &Public,
    context: &Context,
    caller: &Arc<Caller>,
    request: GraphRequest<'_>,
    body: &mut Body,
) -> Answered {
    let operation = match request.endpoint {
        Some(Endpoint::Operation(operation)) => operation,
        Some(Endpoint::Batch | Endpoint::ServiceDocument | Endpoint::Metadata) => {
            // What reads a batch refuses one in another.
            let nested = || (Err(ItemError::Nested.into()), Label::Unrouted);
            return described(context, request).unwrap_or_else(nested);
        }
        None => return (Err(request.target.no_route(request.method)), Label::Unrouted),
    };
    let label = Label::Operation(operation);
    let allowed = match Allowed::ask(public, context, operation, Arc::clone(caller), request) {
        Ok(allowed) => allowed,
        Err(error) => return (Err(error), label),
    };
    if let Err(error) = allowed.engine.provision(allowed.caller.tenant).await {
        return (Err(error.into()), label);
    }
    (handle(operation, &allowed, request.target, body).await, label)
}

/// The answer of the handler there is for an operation. Each has a box of its own, as large as it needs: in one, those of all
/// of them would be as large as the largest, and every request would pay for it.
fn handle<'a>(
    operation: Operation,
    allowed: &'a Allowed<'_>,
    target: &'a Target<'_>,
    body: &'a mut Body,
) -> Handling<'a> {
    let partner = || target.partner();
    match operation {
        Operation::ListPartners => Box::pin(partners::list(allowed)),
        Operation::CountPartners => Box::pin(partners::count(allowed)),
        Operation::CreatePartner => Box::pin(partners::create(allowed, body)),
        Operation::GetPartner => Box::pin(async move { partners::get(allowed, partner()?).await }),
        Operation::UpdatePartner => {
            Box::pin(async move { partners::update(allowed, partner()?, body).await })
        }
        Operation::DeletePartner => Box::pin(async move { partners::delete(allowed, partner()?).await }),
        Operation::BeginOnboarding => {
            Box::pin(async move { partners::begin_onboarding(allowed, partner()?, body).await })
        }
        Operation::Disconnect => {
            Box::pin(async move { partners::disconnect(allowed, partner()?, body).await })
        }
        Operation::GetDeviceManagement => Box::pin(async move { device_management::get(allowed) }),
        Operation::ListAuditEvents => Box::pin(audit_events::list(allowed)),
        Operation::CountAuditEvents => Box::pin(audit_events::count(allowed)),
        Operation::GetAuditEvent => {
            Box::pin(async move { audit_events::get(allowed, target.audit_event()?).await })
        }
        Operation::GetAuditCategories => Box::pin(async move { audit_events::categories(allowed) }),
        Operation::GetAuditActivityTypes => {
            Box::pin(async move { audit_events::activity_types(allowed, target.value()) })
        }
        Operation::GetSettings => Box::pin(settings::get(allowed)),
        Operation::UpdateSettings => Box::pin(settings::update(allowed, body)),
    }
}
