use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::error::ApiError;

/// The largest body taken, in bytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// A request's body, not yet read: most requests fail or are answered without it.
#[derive(Debug)]
pub(crate) struct Body {
    incoming: Incoming,
    timeout: Duration,
}

impl Body {
    pub(crate) const fn new(incoming: Incoming, timeout: Duration) -> Self {
        Self { incoming, timeout }
    }

    /// Reads it whole.
    ///
    /// # Errors
    /// If it is larger than [`MAX_BODY`], slower than its deadline, or ends before its length.
    pub(crate) async fn read(self, headers: &HeaderMap) -> Result<Bytes, ApiError> {
        let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: u64| length > MAX_BODY as u64) {
            return Err(ApiError::BodyTooLarge);
        }
        let reading = Limited::new(self.incoming, MAX_BODY).collect();
        match tokio::time::timeout(self.timeout, reading).await {
            Err(_) => Err(ApiError::BodyTimeout),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ApiError::BodyTooLarge),
            Ok(Err(_)) => Err(ApiError::BodyCutOff),
            Ok(Ok(whole)) => Ok(whole.to_bytes()),
        }
    }
}

/// Whether the headers announce JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
