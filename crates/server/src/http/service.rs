use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;
use gangway_domain::Profile;
use gangway_engine::Random;
use gangway_store::SqliteStore;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tracing::{error, info, warn};

use super::body::Body;
use super::context::{Context, PublicAddress};
use super::envelope::error_response;
use super::error::ApiError;
use super::graph::{self, Target};
use super::listener::{MAX_URI, Serve};
use super::{issuer, onboarding};
use crate::identity::{DevIssuer, Identity};
use crate::metrics::{Label, Metrics};

/// The engine over the store this server runs on.
pub(crate) type Engine = gangway_engine::Engine<SqliteStore>;

/// What clients reach: Graph's routes, and the few pages of ours.
pub(crate) struct Public {
    pub(crate) engine: Arc<Engine>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) address: PublicAddress,
    pub(crate) options: PublicOptions,
    pub(crate) dev_issuer: Option<Arc<DevIssuer>>,
}

/// What the operator decides about requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicOptions {
    /// Which permission table holds.
    pub(crate) permissions: Profile,
    /// How long a request may take in all.
    pub(crate) deadline: Duration,
    /// How long its body may take to arrive.
    pub(crate) body_timeout: Duration,
}

/// An answer, and what to count it as.
pub(super) type Counted = (Response<Full<Bytes>>, Label);

impl Serve for Public {
    async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let (response, label) = self.answer(request).await;
        self.metrics.request(label, response.status(), started.elapsed());
        response
    }

    fn refuse(&self, status: StatusCode) -> Response<Full<Bytes>> {
        let headers = http::HeaderMap::new();
        let context = self.context(&headers);
        let error = match status {
            StatusCode::URI_TOO_LONG => ApiError::UriTooLong,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ApiError::HeadersTooLarge,
            _ => ApiError::NotHttp,
        };
        let response = error_response(&error, &context, "");
        self.metrics.request(Label::Unrouted, response.status(), Duration::ZERO);
        response
    }
}

impl Public {
    fn context(&self, headers: &http::HeaderMap) -> Context {
        Context::new(headers, &*self.random, self.engine.now(), self.address.seen_by(headers))
    }

    async fn answer(&self, request: Request<Incoming>) -> Counted {
        let (parts, incoming) = request.into_parts();
        let context = self.context(&parts.headers);
        let path = parts.uri.path();
        if path.starts_with("/gangway/") {
            return self.own_page(&parts, &context).await;
        }
        let target = if parts.uri.path_and_query().is_some_and(|uri| uri.as_str().len() > MAX_URI) {
            Err(ApiError::UriTooLong)
        } else {
            Target::parse(path)
        };
        let target = match target {
            Ok(target) => target,
            Err(error) => return (error_response(&error, &context, ""), Label::Unrouted),
        };
        let body = Body::new(incoming, self.options.body_timeout);
        let handling = AssertUnwindSafe(graph::answer(self, &context, &target, &parts, body)).catch_unwind();
        let (outcome, label) = match tokio::time::timeout(self.options.deadline, handling).await {
            Ok(Ok(handled)) => handled,
            Ok(Err(_)) => (Err(ApiError::Defect("a handler panicked".into())), Label::Unrouted),
            Err(_) => (Err(ApiError::DeadlineOver), Label::Unrouted),
        };
        let response = match outcome {
            Ok(mut response) => {
                context.mark(response.headers_mut());
                response
            }
            Err(error) => {
                log(&error, &context, &parts);
                error_response(&error, &context, &target.forwarded())
            }
        };
        (response, label)
    }

    async fn own_page(&self, parts: &http::request::Parts, context: &Context) -> Counted {
        let issuer = self.dev_issuer.as_deref().and_then(|issuer| issuer::answer(issuer, parts));
        let mut response = match issuer {
            Some(response) => response,
            None => onboarding::answer(self, parts, context).await,
        };
        context.mark(response.headers_mut());
        (response, Label::OwnPage)
    }
}

/// Says why a request failed, once, here at the edge. What the client did wrong is told to the client.
fn log(error: &ApiError, context: &Context, parts: &http::request::Parts) {
    let Context { request_id, client_request_id, .. } = context;
    let (status, code) = error.class();
    let (method, path) = (&parts.method, parts.uri.path());
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        error!(%request_id, %client_request_id, %method, path, %error, "a defect");
    } else if status.is_server_error() {
        warn!(%request_id, %client_request_id, %method, path, %error, "not served");
    } else {
        info!(%request_id, %client_request_id, %method, path, code, status = status.as_u16(), %error, "refused");
    }
}
