use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;

use super::{ApiError, Message};
use crate::http::context::Context;

/// Graph's error body, members in the order it writes them.
#[derive(Serialize)]
struct Envelope<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(rename = "innerError")]
    inner: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    date: String,
    #[serde(rename = "request-id")]
    request_id: &'a str,
    #[serde(rename = "client-request-id")]
    client_request_id: &'a str,
}

/// What Intune puts into `message` as text.
#[derive(Serialize)]
struct Nested<'a> {
    #[serde(rename = "_version")]
    version: u8,
    #[serde(rename = "Message")]
    message: String,
    #[serde(rename = "CustomApiErrorPhrase")]
    phrase: &'a str,
    #[serde(rename = "RetryAfter")]
    retry_after: Option<u32>,
    #[serde(rename = "ErrorSourceService")]
    source: &'a str,
    #[serde(rename = "HttpHeaders")]
    http_headers: &'a str,
}

/// The answer to a failed request. `forwarded` is the request as Intune's front end would have seen it.
pub(crate) fn error_response(error: &ApiError, context: &Context, forwarded: &str) -> Response<Full<Bytes>> {
    let (status, _) = error.class();
    let mut response = Response::new(Full::new(error_body(error, context, forwarded)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    if let Some(seconds) = error.retry_after() {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    context.mark(headers);
    response
}

/// The body of that answer.
pub(crate) fn error_body(error: &ApiError, context: &Context, forwarded: &str) -> Bytes {
    let (_, code) = error.class();
    let (message, again) = match error.message() {
        Message::Plain(text) => (text, false),
        Message::Model(text) => (text, true),
        Message::Nested(text) => (nested(&text, context, forwarded), false),
    };
    let envelope = Envelope {
        error: ErrorBody {
            code,
            message: &message,
            inner: Inner {
                message: again.then_some(message.as_str()),
                date: context.at.to_seconds_without_zone(),
                request_id: &context.request_id,
                client_request_id: &context.client_request_id,
            },
        },
    };
    serde_json::to_vec(&envelope).unwrap_or_default().into()
}

fn nested(text: &str, context: &Context, forwarded: &str) -> String {
    let message = format!(
        "{text} - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 - Activity ID: {} - Url: {}{forwarded}",
        context.client_request_id, context.base,
    );
    let nested =
        Nested { version: 3, message, phrase: "", retry_after: None, source: "", http_headers: "{}" };
    // Intune writes it over several lines, with the line ends of Windows.
    serde_json::to_string_pretty(&nested).unwrap_or_default().replace('\n', "\r\n")
}

/// The challenge of a 401: Graph's, less its authority, which is not ours to name; never with `claims`, which
/// would make clients ask for another token and try again.
const CHALLENGE: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="", client_id="00000003-0000-0000-c000-000000000000""#);

#[cfg(test)]
mod tests {
    use gangway_domain::Timestamp;
    use http::HeaderMap;

    use super::*;
    use crate::system::SystemRandom;

    #[test]
    fn a_defect_is_a_fixed_text_that_tells_nothing_of_the_inside() {
        let context = Context::new(&HeaderMap::new(), &SystemRandom, Timestamp::NEVER, "http://h".into());
        let error = ApiError::Defect("the inside".into());
        let response = error_response(&error, &context, "/path");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = String::from_utf8(error_body(&error, &context, "/path").to_vec()).unwrap();
        assert!(body.starts_with(r#"{"error":{"code":"InternalServerError","message":"{\r\n"#), "{body}");
        assert!(body.contains("An internal server error has occurred - Operation ID"), "{body}");
        assert!(!body.contains("the inside"), "{body}");
    }
}
