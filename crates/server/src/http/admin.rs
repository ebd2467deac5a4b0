//! What whoever runs the server reaches, on a listener of its own: is it alive, is it ready, what does it count; and,
//! for those who may ([`access`]), what is being released.

mod access;
mod error;
mod operator;
mod partners;
mod releases;
mod rotation;
mod state;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use gangway_engine::Store as _;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tower::ServiceExt as _;

use super::connection::Serve;
use super::limits::MAX_ADMIN_BODY;

pub(crate) use access::OperatorToken;
pub(crate) use state::AdminState;

/// How long the store may take to say that it is ready.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// How long a request may take, with its body.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
const ROTATE_WITHIN: Duration = Duration::from_mins(10);

/// `/healthz`, `/readyz`, `/metrics` for everybody who can reach them, `/gangway/v1/` for whoever may.
#[derive(Debug)]
pub(crate) struct Admin(Router);

impl Admin {
    pub(crate) fn new(state: AdminState) -> Self {
        let routes = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .route("/gangway/v1/releases", get(releases::list))
            .route("/gangway/v1/releases/{tenant}/{id}", get(releases::show))
            .route("/gangway/v1/releases/{tenant}/{id}/receipt", get(releases::receipt))
            .route("/gangway/v1/releases/{tenant}/{id}/force", post(releases::force))
            .route(
                "/gangway/v1/partners/{tenant}/{id}/disconnect",
                get(partners::preview).post(partners::disconnect),
            )
            .route("/gangway/v1/partners/{tenant}/{id}/check", post(partners::check))
            .route("/gangway/v1/keys/rotate", post(operator::rotate_keys))
            .route("/gangway/v1/simulated", post(operator::dial))
            .layer(DefaultBodyLimit::max(MAX_ADMIN_BODY))
            .with_state(state);
        Self(routes)
    }
}

impl Serve for Admin {
    async fn serve(self: Arc<Self>, _: IpAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        // To rotate keys takes as long as the store is large.
        let deadline = if request.uri().path().ends_with("/rotate") { ROTATE_WITHIN } else { ANSWER_WITHIN };
        let Ok(Ok(response)) = tokio::time::timeout(deadline, self.0.clone().oneshot(request)).await else {
            return self.refuse(StatusCode::SERVICE_UNAVAILABLE);
        };
        let (parts, body) = response.into_parts();
        match body.collect().await {
            Ok(whole) => Response::from_parts(parts, Full::new(whole.to_bytes())),
            Err(_) => self.refuse(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    fn refuse(&self, status: StatusCode) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        response
    }
}

/// 200 if requests can be served; else 503 and what is in the way.
async fn readyz(State(state): State<AdminState>) -> (StatusCode, String) {
    let store = match tokio::time::timeout(READY_WITHIN, state.engine.store().ready()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("store: {error}\n")),
        Err(_) => Some("store: no answer in time\n".to_owned()),
    };
    let mut problems = store.unwrap_or_default();
    if *state.stop.borrow() {
        problems.push_str("the server is stopping\n");
    }
    for issuer in state.identity.issuers_without_keys() {
        problems.push_str("issuer ");
        problems.push_str(issuer);
        problems.push_str(": no keys yet\n");
    }
    match problems {
        problems if problems.is_empty() => (StatusCode::OK, "ready\n".to_owned()),
        problems => (StatusCode::SERVICE_UNAVAILABLE, problems),
    }
}

async fn metrics(State(state): State<AdminState>) -> impl IntoResponse {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    state.metrics.tokens(state.identity.stats());
    state.count_releases().await;
    if let Some(statistics) = state.engine.store().statistics() {
        state.metrics.database(&statistics);
    }
    match state.metrics.encode() {
        Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, TYPE)], text),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "text/plain")], error.to_string())
        }
    }
}
