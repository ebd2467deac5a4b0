//! Graph's routes: what a request means, whether its caller may, and which handler answers.

mod allowed;
mod answer;
mod audit_events;
mod batch;
mod description;
mod device_management;
mod dispatch;
mod listing;
mod partners;
mod request;
mod settings;

use std::sync::Arc;

use gangway_domain::Caller;
use gangway_graph::Endpoint;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::body::Body;
use super::context::Context;
use super::public::Public;
use crate::identity::TokenError;
use crate::metrics::Label;
use answer::Answered;
use dispatch::{described, perform};

pub(crate) use audit_events::AuditEventView;
pub(super) use description::openapi;
pub(super) use request::{GraphRequest, Target};

/// Answers a request for a resource of Graph's.
pub(super) async fn answer(
    public: &Public,
    context: &Context,
    request: GraphRequest<'_>,
    body: &mut Body,
) -> Answered {
    if let Some(answered) = described(context, request) {
        return answered;
    }
    let caller = match caller(public, request.headers).await {
        Ok(caller) => caller,
        Err(error) => return (Err(error.into()), Label::Unauthenticated),
    };
    if request.endpoint == Some(Endpoint::Batch) {
        return (batch::answer(public, context, &caller, request, body).await, Label::Batch);
    }
    perform(public, context, &caller, request, body).await
}

/// Who asks. Two tokens are none: it would be a guess which of them is meant.
async fn caller(public: &Public, headers: &HeaderMap) -> Result<Arc<Caller>, TokenError> {
    let mut tokens = headers.get_all(AUTHORIZATION).iter();
    match (tokens.next(), tokens.next()) {
        (token, None) => public.identity.caller(token).await,
        (_, Some(_)) => Err(TokenError::Malformed),
    }
}
