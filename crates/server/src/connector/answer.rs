//! What is said of a partner's answer: its status, and its error code if that is one of the known. Nothing else of
//! what a partner writes is repeated, because anything else could be a secret.

use std::time::Duration;

use gangway_engine::{Answer, CallError, CallFailure};
use serde::Deserialize;

use super::outbound::{NoResponse, Response};

/// Error codes of RFC 6749, 6750, 7009, 8628 and OpenID Connect, and those that large partners add.
const KNOWN_CODES: [&str; 27] = [
    "access_denied",
    "authorization_pending",
    "bad_request",
    "consent_required",
    "expired_token",
    "forbidden",
    "insufficient_scope",
    "interaction_required",
    "internal_error",
    "invalid_client",
    "invalid_code",
    "invalid_grant",
    "invalid_redirect_uri",
    "invalid_request",
    "invalid_scope",
    "invalid_token",
    "license_limitations",
    "login_required",
    "not_found",
    "rate_limit_reached",
    "server_error",
    "slow_down",
    "temporarily_unavailable",
    "token_expired",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_token_type",
];

#[derive(Deserialize)]
struct ErrorBody {
    error: String,
}

impl Response {
    /// The error code in it, if it is a known one.
    pub(super) fn error_code(&self) -> Option<&'static str> {
        let body: ErrorBody = serde_json::from_slice(&self.body).ok()?;
        KNOWN_CODES.into_iter().find(|known| known.eq_ignore_ascii_case(&body.error))
    }

    /// What may be shown of it.
    pub(super) fn answer(&self) -> Answer {
        let code = if self.is_success() { None } else { self.error_code() };
        Answer(match code {
            Some(code) => format!("HTTP {} {code}", self.status),
            None => format!("HTTP {}", self.status),
        })
    }

    /// Whether the partner says that it did what it was asked.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What is wrong with an answer that is not what was asked for. `refused` says whether it means that the code or
    /// token is no good.
    pub(super) fn failure(&self, refused: impl FnOnce(&Self) -> bool) -> CallError {
        let kind = match self.status {
            // Too early, or too much: the partner has not looked at it yet, but may have.
            408 | 425 | 429 => CallFailure::Unclear,
            400..=499
                if matches!(
                    self.error_code(),
                    Some("server_error" | "temporarily_unavailable" | "slow_down")
                ) =>
            {
                CallFailure::Unclear
            }
            400..=499 if refused(self) => CallFailure::Refused,
            // 3xx points elsewhere, where nobody goes: nothing was given and nothing done.
            300..=499 => CallFailure::Rejected,
            // 2xx came without what was asked for; 5xx says nothing; others make no sense.
            _ => CallFailure::Unclear,
        };
        let Answer(mut answer) = self.answer();
        if self.is_success() {
            answer.push_str(", but not with what was asked for");
        }
        if let Some(pause) = self.retry_after {
            answer = format!("{answer}, Retry-After {} s", pause.as_secs());
        }
        CallError { kind, answer, retry_after: self.retry_after }
    }
}

impl From<NoResponse> for CallError {
    fn from(none: NoResponse) -> Self {
        let kind = match &none {
            NoResponse::Forbidden(_) | NoResponse::NoHeader => CallFailure::Rejected,
            NoResponse::Lost(_) => CallFailure::Unclear,
        };
        Self { kind, answer: none.to_string(), retry_after: None }
    }
}

/// The partner did not do it, and asking again does not help.
pub(super) fn rejected(answer: &str) -> CallError {
    CallError { kind: CallFailure::Rejected, answer: answer.to_owned(), retry_after: None }
}

/// Nobody can tell.
pub(super) fn unclear(answer: &str, retry_after: Option<Duration>) -> CallError {
    CallError { kind: CallFailure::Unclear, answer: answer.to_owned(), retry_after }
}
