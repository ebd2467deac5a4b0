//! Graph's routes: what a request means, whether its caller may, and which handler answers.

mod action;
mod audit_events;
mod audit_view;
mod batch;
mod description;
mod device_management;
mod format;
mod listing;
mod options;
mod partner_body;
mod partner_view;
mod partners;
mod prefer;
mod reply;
mod routes;
mod settings;
mod settings_body;
mod show;
mod target;

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use gangway_domain::{Actor, Caller, Correlated, Operation, authorize};
use gangway_odata::ItemError;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Response};
use http_body_util::Full;

use super::body::Body;
use super::context::Context;
use super::error::ApiError;
use super::service::{Engine, Public};
use crate::identity::TokenError;
use crate::metrics::Label;
use options::Options;
use routes::{Endpoint, Version};

pub(crate) use audit_view::AuditEventView;
pub(super) use batch::MAX_HELD;
pub(super) use description::openapi;
pub(super) use target::Target;

/// A request for something of Graph's: one that came over a connection, or a part of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) target: &'a Target<'a>,
    /// As it stands behind the question mark.
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

/// A handler at work.
type Handling<'a> = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, ApiError>> + Send + 'a>>;

/// What came of it; with it, what to count it as.
pub(super) type Answered = (Result<Response<Full<Bytes>>, ApiError>, Label);

/// A request whose caller may do what it asks. Only [`Allowed::ask`] makes one, so that no handler can forget to
/// ask: it would have no caller and no engine.
pub(super) struct Allowed<'a> {
    engine: &'a Engine,
    public: &'a Public,
    context: &'a Context,
    version: Version,
    query: &'a str,
    headers: &'a HeaderMap,
    options: Options,
    caller: Arc<Caller>,
}

impl<'a> Allowed<'a> {
    fn ask(
        public: &'a Public,
        context: &'a Context,
        operation: Operation,
        caller: Arc<Caller>,
        asked: Asked<'a>,
    ) -> Result<Self, ApiError> {
        authorize(public.options.permissions, operation, &caller)?;
        public.admit(&caller, operation)?;
        let Asked { target, query, headers, .. } = asked;
        let options = Options::read((operation, target.version), query, headers)?;
        Ok(Self {
            engine: &public.engine,
            public,
            context,
            version: target.version,
            query,
            headers,
            options,
            caller,
        })
    }

    /// Who asks, for the audit.
    fn by(&self) -> Correlated {
        let actor = Actor::Caller(Box::new(Caller::clone(&self.caller)));
        Correlated { actor, correlation: self.context.correlation }
    }
}

/// Answers a request for a resource of Graph's.
pub(super) async fn answer(
    public: &Public,
    context: &Context,
    asked: Asked<'_>,
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

/// The answer, if it is one that is for everybody.
fn described(endpoint: Endpoint, context: &Context, asked: Asked<'_>) -> Option<Answered> {
    let outcome = match endpoint {
        Endpoint::ServiceDocument => description::service_document(context, asked),
        Endpoint::Metadata => description::metadata(asked),
        Endpoint::Operation(_) | Endpoint::Batch => return None,
    };
    Some((outcome, Label::Description))
}

/// Answers a request whose caller is known.
async fn perform(
    public: &Public,
    context: &Context,
    caller: &Arc<Caller>,
    asked: Asked<'_>,
    body: &mut Body,
) -> Answered {
    let operation = match asked.target.endpoint(asked.method) {
        Ok(Endpoint::Operation(operation)) => operation,
        Ok(other) => {
            // What reads a batch refuses one in another.
            let nested = || (Err(ItemError::Nested.into()), Label::Unrouted);
            return described(other, context, asked).unwrap_or_else(nested);
        }
        Err(error) => return (Err(error), Label::Unrouted),
    };
    let label = Label::Operation(operation);
    let allowed = match Allowed::ask(public, context, operation, Arc::clone(caller), asked) {
        Ok(allowed) => allowed,
        Err(error) => return (Err(error), label),
    };
    if let Err(error) = allowed.engine.provision(allowed.caller.tenant).await {
        return (Err(error.into()), label);
    }
    (handle(operation, &allowed, asked.target, body).await, label)
}

/// Who asks. Two tokens are none: it would be a guess which of them is meant.
async fn caller(public: &Public, headers: &HeaderMap) -> Result<Arc<Caller>, TokenError> {
    let mut tokens = headers.get_all(AUTHORIZATION).iter();
    match (tokens.next(), tokens.next()) {
        (token, None) => public.identity.caller(token).await,
        (_, Some(_)) => Err(TokenError::Malformed),
    }
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
            Box::pin(async move { action::begin_onboarding(allowed, partner()?, body).await })
        }
        Operation::Disconnect => Box::pin(async move { action::disconnect(allowed, partner()?, body).await }),
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
