use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};

use super::error::ApiError;
use super::limits::{MAX_BODY, MAX_DRAINED};

/// How long is read what is thrown away to keep a connection.
const DRAIN_WITHIN: Duration = Duration::from_millis(100);

/// A request's body, not yet read: most requests fail or are answered without it.
#[derive(Debug)]
pub(crate) enum Body {
    /// It comes over a connection.
    Arriving(Arriving),
    /// It is there, as a part of another.
    Whole(Bytes),
}

/// A body that comes over a connection.
#[derive(Debug)]
pub(crate) struct Arriving {
    incoming: Incoming,
    timeout: Duration,
    state: State,
    /// The client waits for a word before it sends the body.
    expects: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unread,
    Read,
    /// Too large, too slow, or cut off: nothing behind it on the connection can be understood.
    Broken,
}

impl Body {
    /// All of it.
    ///
    /// # Errors
    /// If it is larger than [`MAX_BODY`], slower than its deadline, or ends before its length.
    pub(crate) async fn read(&mut self, headers: &HeaderMap) -> Result<Bytes, ApiError> {
        match self {
            Self::Arriving(arriving) => arriving.read(headers).await,
            Self::Whole(bytes) => Ok(std::mem::take(bytes)),
        }
    }

    /// All of it, where only JSON will do.
    ///
    /// # Errors
    /// If the headers announce something else, before any of it is read; and as [`Self::read`].
    pub(crate) async fn read_json(&mut self, headers: &HeaderMap) -> Result<Bytes, ApiError> {
        if !is_json(headers) {
            return Err(ApiError::UnreadableJson);
        }
        self.read(headers).await
    }
}

impl Arriving {
    pub(crate) fn new(incoming: Incoming, timeout: Duration, headers: &HeaderMap) -> Self {
        let state = if incoming.is_end_stream() { State::Read } else { State::Unread };
        Self { incoming, timeout, state, expects: headers.contains_key(EXPECT) }
    }

    async fn read(&mut self, headers: &HeaderMap) -> Result<Bytes, ApiError> {
        self.state = State::Broken;
        let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: u64| length > MAX_BODY as u64) {
            return Err(ApiError::BodyTooLarge);
        }
        let reading = Limited::new(&mut self.incoming, MAX_BODY).collect();
        match tokio::time::timeout(self.timeout, reading).await {
            Err(_) => Err(ApiError::BodyTimeout),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ApiError::BodyTooLarge),
            Ok(Err(_)) => Err(ApiError::BodyCutOff),
            Ok(Ok(whole)) => {
                self.state = State::Read;
                Ok(whole.to_bytes())
            }
        }
    }

    /// Looks after what was not read once the answer is known: a small rest is read and thrown away, so that the
    /// connection can be used again; otherwise the client is told that it cannot.
    pub(crate) async fn settle(mut self, answer: &mut HeaderMap) {
        // To read from a client that waits would be to tell it to send what nobody wants.
        if self.state == State::Unread && !self.expects {
            let rest = Limited::new(&mut self.incoming, MAX_DRAINED).collect();
            if let Ok(Ok(_)) = tokio::time::timeout(DRAIN_WITHIN, rest).await {
                self.state = State::Read;
            }
        }
        if self.state != State::Read {
            answer.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Whether the headers announce JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
