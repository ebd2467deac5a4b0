//! Every error there is, the envelope it is answered in, and what the log says of it.

mod envelope;
mod failure;

use gangway_domain::Refusal;
use gangway_engine::{Error as EngineError, StoreError};
use gangway_graph::Denial;
use gangway_odata::QueryError;
use gangway_odata::payload::PayloadError;
use gangway_odata::{BatchError, ItemError};
use http::{Method, StatusCode};

use super::limits::{MAX_BODY, MAX_HEADER_BYTES, MAX_HEADERS, MAX_HELD, MAX_URI};
use crate::identity::TokenError;
use crate::throttle::Throttled;

pub(super) use envelope::error_response;
pub(super) use failure::{Failed, failure};

/// Every answer the service can give that is not the one asked for. [`ApiError::class`] and
/// [`ApiError::message`] are the whole table; docs/API.md names the source of each row.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("not HTTP")]
    NotHttp,
    #[error("the URI is not valid")]
    InvalidUri,
    #[error("the URI is too long")]
    UriTooLong,
    #[error("the headers are too large")]
    HeadersTooLarge,
    #[error("the body is too large")]
    BodyTooLarge,
    #[error("the body did not arrive in time")]
    BodyTimeout,
    #[error("the client went away in the middle of its body")]
    BodyCutOff,
    #[error("no such version: {0}")]
    InvalidVersion(String),
    #[error("no such segment: {0}")]
    NoSegment(String),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("{0} cannot be expanded")]
    Expand(&'static str),
    #[error("the format {0} is not served")]
    Format(String),
    #[error("a page of another list, or of none")]
    SkipToken,
    #[error("the address of the next page would be too long")]
    LongNextLink,
    #[error(transparent)]
    Batch(#[from] BatchError),
    #[error(transparent)]
    BatchItem(#[from] ItemError),
    #[error("{0}")]
    FailedDependency(String),
    #[error("the answers of a batch are too large")]
    LargeBatch,
    #[error("no route for {method} {path}")]
    NoRoute { template: String, method: Method, path: String },
    #[error(transparent)]
    Denied(#[from] Denial),
    #[error("over {}, to be tried again after {} s", .0.limit.name(), .0.retry_after)]
    Throttled(Throttled),
    #[error("the body is no JSON object")]
    UnreadableJson,
    #[error(transparent)]
    Model(PayloadError),
    #[error("the path names no id there could be")]
    NotAnId,
    #[error("'id' {0}")]
    InvalidId(&'static str),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the request took longer than its deadline")]
    DeadlineOver,
    #[error("a defect: {0}")]
    Defect(String),
}

impl From<PayloadError> for ApiError {
    fn from(error: PayloadError) -> Self {
        if error == PayloadError::Unreadable { Self::UnreadableJson } else { Self::Model(error) }
    }
}

/// How a message is put into the envelope.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// As the gateway writes: plain text.
    Plain(String),
    /// As Intune writes: JSON text inside the text.
    Nested(String),
    /// As Intune writes about a body: plain, and again in the inner error.
    Model(String),
}

/// What no route of Graph's can come to.
macro_rules! engine_defects {
    () => {
        EngineError::NotConnected(_)
            | EngineError::Callback(_)
            | EngineError::Partner(_)
            | EngineError::NoSuchRelease(_)
            | EngineError::ReleaseOver(_)
    };
}

impl ApiError {
    /// Status and code. No wildcard arm: a new error stops the build until it has both.
    pub(crate) const fn class(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotHttp
            | Self::InvalidUri
            | Self::BodyCutOff
            | Self::NoSegment(_)
            | Self::Token(TokenError::UnknownTenant)
            | Self::Query(_)
            | Self::Expand(_)
            | Self::SkipToken
            | Self::LongNextLink
            | Self::Batch(_)
            | Self::BatchItem(_)
            | Self::LargeBatch
            | Self::UnreadableJson
            | Self::InvalidId(_)
            | Self::Engine(
                EngineError::Refused(_) | EngineError::NoProfile(_) | EngineError::Store(StoreError::TooSlow),
            ) => (StatusCode::BAD_REQUEST, "BadRequest"),
            Self::NoRoute { .. } => (StatusCode::BAD_REQUEST, "No method match route template"),
            Self::Model(_) => (StatusCode::BAD_REQUEST, "ModelValidationFailure"),
            Self::Token(
                TokenError::Missing
                | TokenError::Malformed
                | TokenError::Invalid(_)
                | TokenError::Expired
                | TokenError::NotYetValid,
            ) => (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken"),
            Self::Denied(_) => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::InvalidVersion(_)
            | Self::NotAnId
            | Self::Engine(EngineError::NoSuchPartner(_) | EngineError::NoSuchAuditEvent(_)) => {
                (StatusCode::NOT_FOUND, "ResourceNotFound")
            }
            Self::Format(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType"),
            Self::FailedDependency(_) => (StatusCode::FAILED_DEPENDENCY, "FailedDependency"),
            Self::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"),
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "RequestTimeout"),
            Self::Engine(EngineError::IdTaken(_)) => (StatusCode::CONFLICT, "Conflict"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, "RequestUriTooLong"),
            Self::HeadersTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "RequestHeaderFieldsTooLarge")
            }
            Self::Defect(_) | Self::Engine(engine_defects!()) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError")
            }
            Self::Token(TokenError::IssuerUnavailable)
            | Self::Engine(EngineError::Contended(_) | EngineError::Store(_) | EngineError::Vault(_))
            | Self::DeadlineOver => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        }
    }

    /// After how many seconds to try again, if that is what a client should do.
    pub(crate) const fn retry_after(&self) -> Option<u64> {
        match (self, self.class().0) {
            (Self::Throttled(throttled), _) => Some(throttled.retry_after),
            (_, StatusCode::SERVICE_UNAVAILABLE) => Some(RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    /// What the client is told. Texts of 5xx are fixed: the reason is for the log.
    pub(crate) fn message(&self) -> Message {
        use Message::{Model, Nested, Plain};
        match self {
            Self::NotHttp => Plain("The request is not valid HTTP.".into()),
            Self::InvalidUri => Plain("The request URI is not valid.".into()),
            Self::UriTooLong => Plain(format!("The request URI is longer than {MAX_URI} bytes.")),
            Self::HeadersTooLarge => Plain(format!(
                "The request headers are larger than {MAX_HEADER_BYTES} bytes or more than {MAX_HEADERS}."
            )),
            Self::BodyTooLarge => Plain(format!("The request body is larger than {MAX_BODY} bytes.")),
            Self::BodyTimeout => Plain("The request body did not arrive in time.".into()),
            Self::BodyCutOff => Plain("The request body ended before its length.".into()),
            Self::InvalidVersion(version) => Plain(format!("Invalid version: {version}")),
            Self::NoSegment(segment) => Plain(format!("Resource not found for the segment '{segment}'.")),
            Self::Token(error) => Plain(token_message(*error).into()),
            Self::Query(error) => Plain(error.to_string()),
            Self::Expand(name) => Plain(format!(
                "Parsing OData Select and Expand failed: The property '{name}' cannot be used in the $expand query option."
            )),
            Self::Format(format) => {
                Plain(format!("The format '{format}' is not supported. Ask for 'application/json'."))
            }
            Self::SkipToken => Plain(SKIP_TOKEN.into()),
            Self::LongNextLink => Plain(LONG_NEXT_LINK.into()),
            Self::Batch(error) => Plain(error.to_string()),
            Self::BatchItem(error) => Plain(error.to_string()),
            Self::FailedDependency(text) => Plain(text.clone()),
            Self::LargeBatch => Plain(format!(
                "The answers of this batch are larger than {MAX_HELD} bytes. Ask for this one by itself, or for shorter pages."
            )),
            Self::Engine(EngineError::Store(StoreError::TooSlow)) => Plain(TOO_SLOW.into()),
            Self::NoRoute { template, method, path } => Plain(format!(
                "No OData route exists that match template {template} with http verb {method} for request /{path}."
            )),
            Self::Denied(denial) => Nested(denial_message(denial)),
            Self::UnreadableJson => Plain(UNREADABLE_JSON.into()),
            Self::Model(error) => Model(error.to_string()),
            Self::NotAnId
            | Self::Throttled(_)
            | Self::Engine(EngineError::NoSuchPartner(_) | EngineError::NoSuchAuditEvent(_)) => {
                Nested("An error has occurred".into())
            }
            Self::InvalidId(why) => Nested(format!("The property 'id' {why}.")),
            Self::Engine(EngineError::IdTaken(id)) => {
                Nested(format!("A remoteAssistancePartner with the id '{id}' already exists."))
            }
            Self::Engine(EngineError::Refused(refusal)) => Nested(refusal_message(*refusal)),
            Self::Engine(EngineError::NoProfile(_)) => Nested(NO_PROFILE.into()),
            Self::Defect(_) | Self::Engine(engine_defects!()) => {
                Nested("An internal server error has occurred".into())
            }
            Self::Engine(EngineError::Contended(_) | EngineError::Store(_) | EngineError::Vault(_))
            | Self::DeadlineOver => Plain(UNAVAILABLE.into()),
        }
    }
}

/// How long a client is asked to wait where nobody knows how long it will take.
const RETRY_AFTER_SECONDS: u64 = 2;
const UNREADABLE_JSON: &str = "Unable to read JSON request payload. Please ensure Content-Type header is set and \
                               payload is of valid JSON format.";
const SKIP_TOKEN: &str = "The value of '$skiptoken' is not one that this list gave with these options. Follow \
                          '@odata.nextLink' as it is, or begin at the first page.";
const LONG_NEXT_LINK: &str = "The address of the next page would be too long. Ask with a shorter '$filter', with fewer keys \
                              in '$orderby', or for longer pages.";
const TOO_SLOW: &str = "The query takes the service longer than it may. Ask for less: a time range, a filter by 'eq', or another order.";
const NO_PROFILE: &str =
    "This partner cannot be connected: the profile it belongs to is not in the server's configuration.";
const UNAVAILABLE: &str =
    "The service is temporarily unavailable. Please retry after the time in the Retry-After header.";

const fn token_message(error: TokenError) -> &'static str {
    match error {
        TokenError::Missing => "Access token is empty.",
        TokenError::Malformed => "CompactToken parsing failed with error code: 80049217",
        TokenError::Invalid(_) => "Access token validation failure.",
        TokenError::Expired => "Lifetime validation failed, the token is expired.",
        TokenError::NotYetValid => "Lifetime validation failed, the token is not yet valid.",
        TokenError::UnknownTenant => "Request not applicable to target tenant.",
        TokenError::IssuerUnavailable => UNAVAILABLE,
    }
}

fn denial_message(denial: &Denial) -> String {
    const NOT_AUTHORIZED: &str = "Application is not authorized to perform this operation";
    match denial {
        Denial::PersonalAccount => "Personal Microsoft accounts are not supported by this operation.".into(),
        Denial::ApplicationOnly => format!(
            "{NOT_AUTHORIZED} as called in app only context but does not have application permissions configured."
        ),
        Denial::MissingPermission { any_of } => {
            let names: Vec<_> = any_of.iter().map(|permission| permission.name()).collect();
            format!(
                "{NOT_AUTHORIZED}. Application must have one of the following scopes: {}",
                names.join(", ")
            )
        }
    }
}

fn refusal_message(refusal: Refusal) -> String {
    match refusal {
        Refusal::InvalidProperty { .. } | Refusal::NotSettable { .. } => format!("The property {refusal}."),
        Refusal::NoOnboardingUrl => {
            "The property 'onboardingUrl' must be set first: it is the address that sessions of this partner open."
                .into()
        }
        Refusal::NoSuchAttempt | Refusal::AttemptExpired => format!("{refusal}."),
    }
}
