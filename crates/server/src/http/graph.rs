//! Graph's routes: what a request means, whether its caller may, and which handler answers.

mod action;
mod allowed;
mod audit_events;
mod audit_view;
mod batch;
mod description;
mod device_management;
mod dispatch;
mod format;
mod listing;
mod options;
mod partner_body;
mod partner_view;
mod partners;
mod prefer;
mod reply;
mod settings;
mod settings_body;
mod show;
mod target;

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
use allowed::Answered;
use dispatch::{described, perform};

pub(super) use allowed::GraphRequest;
pub(crate) use audit_view::AuditEventView;
pub(super) use description::openapi;
pub(super) use target::Target;

/// Answers a request for a resource of Graph's.
pub(super) async fn answer(
    public: &Public,
    context: &Context,
    asked: GraphRequest<'_>,
    body: &mut Body,
) -> Answered {
    let endpoint = asked.target.endpoint(asked.method);
    if let Some(answered) = endpoint.as_ref().ok().and_then(|endpoint| described(*endpoint, context, asked)) {
        return answered;
    }
    let caller = match caller(public, asked.headers).await {
        Ok(caller) => caller,
        Err(error) => return (Err(error.into()), Label::Unauthenticated),
    };
    match endpoint {
        Ok(Endpoint::Batch) => (batch::answer(public, context, &caller, asked, body).await, Label::Batch),
        Ok(Endpoint::Operation(_) | Endpoint::ServiceDocument | Endpoint::Metadata) | Err(_) => {
            perform(public, context, &caller, asked, body).await
        }
    }
}

/// Who asks. Two tokens are none: it would be a guess which of them is meant.
async fn caller(public: &Public, headers: &HeaderMap) -> Result<Arc<Caller>, TokenError> {
    let mut tokens = headers.get_all(AUTHORIZATION).iter();
    match (tokens.next(), tokens.next()) {
        (token, None) => public.identity.caller(token).await,
        (_, Some(_)) => Err(TokenError::Malformed),
    }
}
