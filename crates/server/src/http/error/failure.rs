//! What is said of a request that failed: to the client, and in the log.

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use tracing::{error, info, warn};

use super::ApiError;
use super::envelope::error_response;
use crate::http::context::Context;

/// The request that failed.
#[derive(Debug)]
pub(in crate::http) struct Failed<'a> {
    pub(in crate::http) method: &'a str,
    pub(in crate::http) path: &'a str,
    /// As Intune's front end would have seen it.
    pub(in crate::http) forwarded: String,
}

/// The answer to it. Why it failed is said once, here at the edge; what the client did wrong is told to the
/// client.
pub(in crate::http) fn failure(
    error: &ApiError,
    context: &Context,
    failed: &Failed<'_>,
) -> Response<Full<Bytes>> {
    let Context { request_id, client_request_id, .. } = context;
    let (status, code) = error.class();
    // As text, so that it is quoted and escaped: a client's words are in it.
    let (Failed { method, path, forwarded }, error_text) = (failed, error.to_string());
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        error!(%request_id, %client_request_id, %method, path, error = error_text, "a defect");
    } else if status.is_server_error() {
        warn!(%request_id, %client_request_id, %method, path, error = error_text, "not served");
    } else {
        info!(%request_id, %client_request_id, %method, path, code, status = status.as_u16(), error = error_text, "refused");
    }
    error_response(error, context, forwarded)
}
