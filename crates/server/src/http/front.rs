//! The front door: every request comes in here, and is routed, answered and counted.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Request, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use tracing::info;

use super::body::{Arriving, Body};
use super::connection::Serve;
use super::context::Context;
use super::error::{ApiError, Failed, error_response, failure};
use super::graph::{self, GraphRequest, Target};
use super::guarded::guarded;
use super::limits::MAX_URI;
use super::pages;
use super::public::Public;
use crate::metrics::Label;

/// An answer, and what to count it as.
type LabelledResponse = (Response<Full<Bytes>>, Label);

impl Serve for Public {
    async fn serve(self: Arc<Self>, peer: IpAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let (response, label) = self.answer(peer, request).await;
        self.metrics.request(label, response.status(), started.elapsed());
        response
    }

    fn refuse(&self, status: StatusCode) -> Response<Full<Bytes>> {
        let headers = http::HeaderMap::new();
        let context = self.context(None, &headers);
        let error = match status {
            StatusCode::URI_TOO_LONG => ApiError::UriTooLong,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ApiError::HeadersTooLarge,
            _ => ApiError::NotHttp,
        };
        info!(request_id = context.request_id, status = status.as_u16(), "refused: no HTTP");
        let response = error_response(&error, &context, "");
        self.metrics.request(Label::Unrouted, response.status(), Duration::ZERO);
        response
    }
}

impl Public {
    async fn answer(&self, peer: IpAddr, request: Request<Incoming>) -> LabelledResponse {
        let (parts, incoming) = request.into_parts();
        let context = self.context(Some(peer), &parts.headers);
        let arriving = Arriving::new(incoming, self.options.body_timeout, &parts.headers);
        let mut body = Body::Arriving(arriving);
        let answering = guarded(self.options.deadline, self.route(&parts, &context, &mut body));
        let (mut response, label) = answering.await.unwrap_or_else(|error| {
            let target = Target::parse(parts.uri.path()).ok();
            (failure(&error, &context, &failed(&parts, target.as_ref())), Label::Unrouted)
        });
        if let Body::Arriving(arriving) = body {
            arriving.settle(response.headers_mut()).await;
        }
        (response, label)
    }

    async fn route(&self, parts: &Parts, context: &Context, body: &mut Body) -> LabelledResponse {
        if let Err(error) = well_formed(parts) {
            return (failure(&error, context, &failed(parts, None)), Label::Unrouted);
        }
        if parts.uri.path().starts_with(pages::PREFIX) {
            // Large and seldom, so that all others need not have room for it.
            return Box::pin(self.own_page(parts, context)).await;
        }
        if let Some(mut response) = graph::openapi(parts) {
            context.mark(response.headers_mut());
            return (response, Label::Description);
        }
        let target = match Target::parse(parts.uri.path()) {
            Ok(target) => target,
            Err(error) => return (failure(&error, context, &failed(parts, None)), Label::Unrouted),
        };
        let query = parts.uri.query().unwrap_or_default();
        let request = GraphRequest::new(&parts.method, &target, query, &parts.headers);
        let (outcome, label) = graph::answer(self, context, request, body).await;
        let response = match outcome {
            Ok(mut response) => {
                context.mark(response.headers_mut());
                response
            }
            Err(error) => failure(&error, context, &failed(parts, Some(&target))),
        };
        (response, label)
    }

    async fn own_page(&self, parts: &Parts, context: &Context) -> LabelledResponse {
        let mut response = pages::answer(self, parts, context).await;
        context.mark(response.headers_mut());
        (response, Label::OwnPage)
    }
}

fn failed<'a>(parts: &'a Parts, target: Option<&Target<'_>>) -> Failed<'a> {
    let forwarded = target.map(Target::forwarded).unwrap_or_default();
    Failed { method: parts.method.as_str(), path: parts.uri.path(), forwarded }
}

/// What HTTP/1.1 asks of a request and hyper lets pass: one `Host` (RFC 9112, section 3.2), one way to tell
/// where the body ends (section 6.3, where two are a known way to smuggle requests past a proxy).
fn well_formed(parts: &Parts) -> Result<(), ApiError> {
    let hosts = parts.headers.get_all(HOST).iter().count();
    let needed = usize::from(parts.version == Version::HTTP_11);
    let two_lengths =
        parts.headers.contains_key(CONTENT_LENGTH) && parts.headers.contains_key(TRANSFER_ENCODING);
    if hosts < needed || hosts > 1 || two_lengths {
        return Err(ApiError::NotHttp);
    }
    if parts.uri.path_and_query().is_some_and(|uri| uri.as_str().len() > MAX_URI) {
        return Err(ApiError::UriTooLong);
    }
    Ok(())
}
