use axum::Json;
use axum::response::{IntoResponse, Response};
use gangway_domain::Permission;
use gangway_engine::Error as EngineError;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::json;
use tracing::warn;

/// Why something was not done on the admin listener.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdminError {
    #[error("send the server's token, which is in admin.json in its data directory, or one of an issuer")]
    Unauthenticated,
    #[error("the token needs one of: {}", names(.0))]
    Forbidden(&'static [Permission]),
    #[error("only the operator of the server may do this")]
    OperatorOnly,
    #[error("there is no such thing")]
    NotFound,
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{0}")]
    Keys(String),
    #[error("the server is busy with others")]
    Busy,
}

fn names(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission.name()).collect::<Vec<_>>().join(", ")
}

impl AdminError {
    const fn class(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::Forbidden(_) | Self::OperatorOnly => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotFound
            | Self::Engine(
                EngineError::NoSuchPartner(_)
                | EngineError::NoSuchAuditEvent(_)
                | EngineError::NoSuchRelease(_),
            ) => (StatusCode::NOT_FOUND, "notFound"),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid"),
            Self::Keys(_)
            | Self::Engine(
                EngineError::ReleaseOver(_)
                | EngineError::NotConnected(_)
                | EngineError::NoProfile(_)
                | EngineError::Refused(_)
                | EngineError::IdTaken(_)
                | EngineError::Callback(_),
            ) => (StatusCode::CONFLICT, "conflict"),
            Self::Engine(EngineError::Partner(_)) => (StatusCode::BAD_GATEWAY, "partner"),
            Self::Busy
            | Self::Engine(EngineError::Contended(_) | EngineError::Vault(_) | EngineError::Store(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
        }
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let (status, code) = self.class();
        if status.is_server_error() {
            warn!(error = %self, "an admin request failed");
        }
        let body = Json(json!({ "error": { "code": code, "message": self.to_string() } }));
        let mut response = (status, body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
