//! What is said of a partner's answer: its status, and its error code if that is one of the known. Nothing else of
//! what a partner writes is repeated, because anything else could be a secret.

mod error_codes;
mod form;
mod named;
mod without_mark;
mod words;

use gangway_engine::{CallError, CallFailure, ShownAnswer};

use super::outbound::{NoResponse, Response};
use error_codes::ErrorCodes;
use words::Meaning;

pub(super) use form::form_fields;
pub(super) use named::{has_beside, names_token};
pub(super) use without_mark::without_mark;
pub(super) use words::{Words, has_a_meaning_of_its_own};

/// What was asked, which decides how a failure is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The token or the revocation endpoint, by the client that we are.
    AsClient {
        /// Whether we said our secret in the `Authorization` header.
        by_header: bool,
    },
    /// The introspection endpoint. Of a token that is dead it says so in a good answer, and in no error.
    Introspection,
    /// What a token opens, as RFC 6750 has it: 401 says that the token is no good.
    Resource,
    /// What a token opens at a partner that has ways of its own to say that it is no good.
    OwnResource,
    /// Something that anybody may read.
    Description,
}

impl Response {
    /// What may be shown of it where it is good.
    pub(super) fn answer(&self) -> ShownAnswer {
        ShownAnswer(format!("HTTP {}", self.status))
    }

    /// Whether its status says that the partner did what it was asked.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Words {
    /// Whether the status is good and the body says no such thing.
    pub(super) fn is_done(&self, response: &Response) -> bool {
        let said = ErrorCodes::in_body(&response.body);
        let says_no = self.meant(&said).is_some_and(|(meaning, _)| meaning != Meaning::Other);
        response.is_success() && !says_no && !said.is_error
    }

    /// What is wrong with an answer that is not what was asked for.
    pub(super) fn failure(&self, response: &Response, asked: Purpose) -> CallError {
        let said = ErrorCodes::in_body(&response.body);
        let meant = self.meant(&said);
        let kind = kind(response, asked, &said, meant.map(|(meaning, _)| meaning));
        let ShownAnswer(mut answer) = response.answer();
        if let Some((_, word)) = meant {
            answer = format!("{answer} {word}");
        } else if response.is_success() {
            answer.push_str(", but not with what was asked for");
        }
        if let Some(pause) = response.retry_after {
            answer = format!("{answer}, Retry-After {} s", pause.as_secs());
        }
        CallError { kind, answer, retry_after: response.retry_after, unread: None }
    }
}

fn kind(response: &Response, asked: Purpose, said: &ErrorCodes, meant: Option<Meaning>) -> CallFailure {
    let as_client = matches!(asked, Purpose::AsClient { .. } | Purpose::Introspection);
    let of_a_token = matches!(asked, Purpose::AsClient { .. } | Purpose::Resource | Purpose::OwnResource);
    match (response.status, meant) {
        // Too early, or too much: whatever else it says, nobody has looked at it.
        (425 | 429, _) | (_, Some(Meaning::NotNow)) => CallFailure::NotDone,
        (_, Some(Meaning::RefusesUs)) if as_client => CallFailure::RefusesUs,
        // What came too slowly may have come. Nor does a 5xx say how far it went: a gateway says so of what was done.
        (408 | 500..=599, _) | (200..=299 | 400..=499, Some(Meaning::Broken)) => CallFailure::Unclear,
        (200..=299 | 400..=499, Some(Meaning::Dead)) if of_a_token => CallFailure::Refused,
        (401, _) if asked == Purpose::Resource => CallFailure::Refused,
        // RFC 6749, section 5.2: this is how a client that is not known is answered if it said its secret in the header.
        (401, _)
            if asked == (Purpose::AsClient { by_header: true })
                && said.is_bare_401()
                && response.cut.is_none() =>
        {
            CallFailure::RefusesUs
        }
        // Some say 200 and mean no.
        (200..=299, _) if of_a_token && said.is_error && !said.names_token => CallFailure::Rejected,
        // 3xx points elsewhere, where nobody goes: nothing was given and nothing done.
        (300..=499, _) => CallFailure::Rejected,
        // 2xx came without what was asked for; others make no sense.
        _ => CallFailure::Unclear,
    }
}

impl From<NoResponse> for CallError {
    fn from(none: NoResponse) -> Self {
        let kind = match &none {
            NoResponse::Forbidden(_) | NoResponse::NoHeader => CallFailure::Rejected,
            NoResponse::NotSent(_) => CallFailure::NotDone,
            NoResponse::Lost(_) => CallFailure::Unclear,
        };
        failed(kind, &none.to_string())
    }
}

/// The partner did not do it, and asking again does not help.
pub(super) fn rejected(answer: &str) -> CallError {
    failed(CallFailure::Rejected, answer)
}

/// A failure of which only this is to be said.
pub(super) fn failed(kind: CallFailure, answer: &str) -> CallError {
    CallError { kind, answer: answer.to_owned(), retry_after: None, unread: None }
}

#[cfg(test)]
mod tests;
