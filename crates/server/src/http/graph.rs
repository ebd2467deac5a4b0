//! Graph's routes: what a request means, whether its caller may, and which handler answers.

mod action;
mod partner_body;
mod partners;
mod reply;
#[expect(dead_code, reason = "its route comes with the table of routes")]
mod settings_body;
mod target;

use std::sync::Arc;

use bytes::Bytes;
use gangway_domain::{Actor, Caller, Correlated, Operation, authorize};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Response};
use http_body_util::Full;
use tokio::sync::Semaphore;

use super::body::Body;
use super::context::Context;
use super::error::ApiError;
use super::service::{Engine, Public};
use crate::identity::TokenError;
use crate::metrics::Label;

pub(super) use target::{Target, Version};

/// A request whose caller may do what it asks. Only [`Allowed::ask`] makes one, so that no handler can forget to
/// ask: it would have no caller and no engine.
pub(super) struct Allowed<'a> {
    engine: &'a Engine,
    lists: &'a Semaphore,
    context: &'a Context,
    version: Version,
    headers: &'a HeaderMap,
    caller: Arc<Caller>,
}

impl<'a> Allowed<'a> {
    fn ask(
        public: &'a Public,
        operation: Operation,
        caller: Arc<Caller>,
        (context, version, headers): (&'a Context, Version, &'a HeaderMap),
    ) -> Result<Self, ApiError> {
        authorize(public.options.permissions, operation, &caller)?;
        Ok(Self { engine: &public.engine, lists: &public.lists, context, version, headers, caller })
    }

    /// Who asks, for the audit.
    fn by(&self) -> Correlated {
        let actor = Actor::Caller(Box::new(Caller::clone(&self.caller)));
        Correlated { actor, correlation: self.context.correlation }
    }
}

/// Answers a request for a resource of Graph's; with it, what to count it as.
pub(super) async fn answer(
    public: &Public,
    context: &Context,
    target: &Target<'_>,
    parts: &Parts,
    body: &mut Body,
) -> (Result<Response<Full<Bytes>>, ApiError>, Label) {
    let caller = match caller(public, parts).await {
        Ok(caller) => caller,
        Err(error) => return (Err(error.into()), Label::Unauthenticated),
    };
    let operation = match Target::refuse_options(parts).and_then(|()| target.operation(&parts.method)) {
        Ok(operation) => operation,
        Err(error) => return (Err(error), Label::Unrouted),
    };
    let label = Label::Operation(operation);
    match Allowed::ask(public, operation, caller, (context, target.version, &parts.headers)) {
        Ok(allowed) => {
            let provisioned = allowed.engine.provision(allowed.caller.tenant).await;
            match provisioned {
                Ok(()) => (handle(operation, &allowed, target, body).await, label),
                Err(error) => (Err(error.into()), label),
            }
        }
        Err(error) => (Err(error), label),
    }
}

/// Who asks. Two tokens are none: it would be a guess which of them is meant.
async fn caller(public: &Public, parts: &Parts) -> Result<Arc<Caller>, TokenError> {
    let mut tokens = parts.headers.get_all(AUTHORIZATION).iter();
    match (tokens.next(), tokens.next()) {
        (token, None) => public.identity.caller(token).await,
        (_, Some(_)) => Err(TokenError::Malformed),
    }
}

async fn handle(
    operation: Operation,
    allowed: &Allowed<'_>,
    target: &Target<'_>,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    match operation {
        Operation::ListPartners => partners::list(allowed).await,
        Operation::CountPartners => partners::count(allowed).await,
        Operation::CreatePartner => partners::create(allowed, body).await,
        Operation::GetPartner => partners::get(allowed, target.partner()?).await,
        Operation::UpdatePartner => partners::update(allowed, target.partner()?, body).await,
        Operation::DeletePartner => partners::delete(allowed, target.partner()?).await,
        Operation::BeginOnboarding => action::begin_onboarding(allowed, target.partner()?, body).await,
        Operation::Disconnect => action::disconnect(allowed, target.partner()?, body).await,
    }
}
