//! The public keys that receipts are checked with, for whoever is given one.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, Response};
use http_body_util::Full;

const PATH: &str = "/gangway/v1/receipts/keys";

/// Answers if it is they that are asked for.
pub(in crate::http) fn answer(keys: &Bytes, parts: &Parts) -> Option<Response<Full<Bytes>>> {
    if parts.method != Method::GET || parts.uri.path() != PATH {
        return None;
    }
    let mut response = Response::new(Full::new(keys.clone()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    Some(response)
}
