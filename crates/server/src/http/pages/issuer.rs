//! What the built-in issuer publishes: its discovery document and its keys. Only with `--dev`.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, Response};
use http_body_util::Full;

use crate::identity::DevIssuer;

/// Answers if the path is one of the issuer's.
pub(in crate::http) fn answer(issuer: &DevIssuer, parts: &Parts) -> Option<Response<Full<Bytes>>> {
    if parts.method != Method::GET {
        return None;
    }
    let document = match parts.uri.path() {
        DevIssuer::DISCOVERY_PATH => issuer.discovery(),
        DevIssuer::JWKS_PATH => issuer.jwks(),
        _ => return None,
    };
    let mut response = Response::new(Full::new(document.to_string().into()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(response)
}
