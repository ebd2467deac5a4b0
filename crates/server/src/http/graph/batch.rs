//! `POST /{version}/$batch`: many requests in one. What a batch may look like is said in `gangway_odata::batch`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use gangway_domain::Caller;
use gangway_odata::{Batch, Item, Origin, Request, Responses};
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body as _;

use super::answer::{self, Answered};
use super::dispatch::perform;
use super::request::{GraphRequest, Options, Target};
use crate::http::body::Body;
use crate::http::context::{CLIENT_REQUEST_ID, Context, DIAGNOSTIC, REQUEST_ID};
use crate::http::error::{ApiError, Failed, failure};
use crate::http::guarded::guarded;
use crate::http::limits::MAX_HELD;
use crate::http::public::Public;
use crate::metrics::Label;

/// The batch's own request, as far as its parts need it.
#[derive(Clone, Copy)]
struct Outer<'a> {
    public: &'a Public,
    context: &'a Context,
    caller: &'a Arc<Caller>,
    batch: &'a GraphRequest<'a>,
    begun: Instant,
    held: &'a AtomicUsize,
}

/// Answers every request of a batch: 200, whatever each of them came to.
///
/// # Errors
/// If nothing of it can be run.
pub(super) async fn answer(
    public: &Public,
    context: &Context,
    caller: &Arc<Caller>,
    whole: GraphRequest<'_>,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let (begun, held) = (Instant::now(), AtomicUsize::new(0));
    Options::refuse(whole.target.version, whole.query)?;
    let bytes = body.read_json(whole.headers).await?;
    let host = whole.headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = Origin { base: &context.base, host, version: whole.target.version.name() };
    let batch = Batch::parse(&bytes, &origin)?;
    let outer = Outer { public, context, caller, batch: &whole, begun, held: &held };
    let mut answers: Vec<Option<Response<Full<Bytes>>>> = batch.items().iter().map(|_| None).collect();
    let mut statuses = vec![0; answers.len()];
    for wave in batch.waves() {
        let running = wave.iter().map(|index| one(outer, &batch, *index, &statuses));
        for (index, answer) in wave.iter().zip(join_all(running).await) {
            statuses[*index] = answer.status().as_u16();
            answers[*index] = Some(answer);
        }
    }
    Ok(written(&batch, answers))
}

/// The answer to one request of a batch, as it would be alone.
async fn one(outer: Outer<'_>, batch: &Batch<'_>, index: usize, statuses: &[u16]) -> Response<Full<Bytes>> {
    let Outer { public, context, .. } = outer;
    let started = Instant::now();
    let item = &batch.items()[index];
    let (outcome, label, path) = match (batch.blocked(index, statuses), &item.request) {
        (Some(blocked), _) => (Err(ApiError::FailedDependency(blocked.to_string())), Label::Unrouted, ""),
        (None, Err(error)) => (Err(ApiError::BatchItem(*error)), Label::Unrouted, ""),
        (None, Ok(request)) => {
            let (outcome, label) = in_time(outer, request).await;
            (outcome, label, &*request.path)
        }
    };
    let outcome = outcome.and_then(|response| hold(outer, item, response));
    let response = outcome.unwrap_or_else(|error| {
        let method = item.request.as_ref().map_or("", |request| request.method.as_str());
        failure(&error, context, &Failed { method, path, forwarded: forwarded(outer, item) })
    });
    public.metrics.request(label, response.status(), started.elapsed());
    response
}

/// Each has the time that is left to all, less what it takes to answer the batch: were the batch itself cut off, nobody would
/// be told what was done. What there is no time for is not begun.
async fn in_time(outer: Outer<'_>, request: &Request<'_>) -> Answered {
    let deadline = outer.public.options.deadline;
    let left = (deadline * 9 / 10).saturating_sub(outer.begun.elapsed());
    if left.is_zero() {
        return (Err(ApiError::DeadlineOver), Label::Unrouted);
    }
    guarded(left, run(outer, request)).await.unwrap_or_else(|error| (Err(error), Label::Unrouted))
}

/// Keeps an answer, unless too much is kept already. That of a write is kept in any case: it was done.
fn hold(
    outer: Outer<'_>,
    item: &Item<'_>,
    response: Response<Full<Bytes>>,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
    let before = outer.held.fetch_add(size, Ordering::Relaxed);
    if before.saturating_add(size) <= MAX_HELD || item.writes() {
        return Ok(response);
    }
    outer.held.fetch_sub(size, Ordering::Relaxed);
    Err(ApiError::LargeBatch)
}

async fn run(outer: Outer<'_>, request: &Request<'_>) -> Answered {
    let target = match Target::below(outer.batch.target.version, &request.path) {
        Ok(target) => target,
        Err(error) => return (Err(error), Label::Unrouted),
    };
    let Some(headers) = headers(request) else {
        return (Err(ApiError::NotHttp), Label::Unrouted);
    };
    let method = Method::from_bytes(request.method.as_str().as_bytes()).unwrap_or_default();
    let query = request.query.as_deref().unwrap_or_default();
    let part = GraphRequest::new(&method, &target, query, &headers);
    let body = request.body.as_deref().map(Bytes::copy_from_slice).unwrap_or_default();
    perform(outer.public, outer.context, outer.caller, part, &mut Body::Whole(body)).await
}

/// What Intune's messages say was asked for.
fn forwarded(outer: Outer<'_>, item: &Item<'_>) -> String {
    let path = item.request.as_ref().map_or("", |request| &request.path);
    Target::below(outer.batch.target.version, path).map(|target| target.forwarded()).unwrap_or_default()
}

fn headers(request: &Request<'_>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    Some(headers)
}

/// All answers in one. What is said once of the whole is not said of its parts.
fn written(batch: &Batch<'_>, answers: Vec<Option<Response<Full<Bytes>>>>) -> Response<Full<Bytes>> {
    let mut responses = Responses::with_capacity(answers.len() * 1024);
    for (item, answer) in batch.items().iter().zip(answers) {
        let (parts, mut body) = answer.unwrap_or_default().into_parts();
        // A body that is there whole is one frame, and ready at once.
        let frame = body.frame().now_or_never().flatten().and_then(Result::ok);
        let body = frame.and_then(|frame| frame.into_data().ok()).unwrap_or_default();
        let headers =
            parts.headers.iter().filter_map(|(name, value)| Some((shown(name)?, value.to_str().ok()?)));
        responses.push(&item.id, parts.status.as_u16(), headers, &body);
    }
    answer::json_bytes(responses.finish())
}

/// A header's name as Graph writes it in batches, where clients may look for it as it is.
fn shown(name: &HeaderName) -> Option<&str> {
    const NAMES: [&str; 8] = [
        "Cache-Control",
        "Content-Type",
        "Location",
        "OData-EntityId",
        "OData-Version",
        "Preference-Applied",
        "Retry-After",
        "WWW-Authenticate",
    ];
    if [REQUEST_ID, CLIENT_REQUEST_ID, DIAGNOSTIC].contains(name) {
        return None;
    }
    Some(NAMES.into_iter().find(|known| name.as_str().eq_ignore_ascii_case(known)).unwrap_or(name.as_str()))
}
