//! What a token endpoint gives (RFC 6749, section 5.1), read liberally.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gangway_domain::Account;
use gangway_engine::{CallError, CallFailure, CallResult, Grant, Secret, ShownAnswer};
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::answer::{Purpose, Words, form_fields, has_beside, names_token, without_mark};
use super::outbound::{Cut, Response};

/// Nobody gives tokens for longer.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 365 * 100);
/// No more is kept of an answer that could not be read.
const MOST_UNREAD: usize = 64 * 1024;

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<Value>,
    /// GitHub, Google, `LinkedIn`.
    refresh_token_expires_in: Option<Value>,
    /// Keycloak, for which 0 is no limit.
    refresh_expires_in: Option<Value>,
    /// Intuit.
    x_refresh_token_expires_in: Option<Value>,
}

impl Tokens {
    /// `None` if there is no access token.
    fn grant(self, beside: bool, answer: ShownAnswer) -> Option<Grant> {
        let present = |token: &Secret| !token.expose().is_empty();
        let lives = [self.refresh_token_expires_in, self.refresh_expires_in, self.x_refresh_token_expires_in];
        Some(Grant {
            access_token: Some(Secret::new(self.access_token)).filter(present)?,
            refresh_token: self.refresh_token.map(Secret::new).filter(present),
            expires_in: self.expires_in.as_ref().and_then(seconds),
            // That the time is over is a proof, so the longest counts.
            refresh_expires_in: lives.iter().flatten().filter_map(seconds).max(),
            beside,
            answer,
        })
    }
}

/// The tokens in an answer of a token endpoint.
///
/// # Errors
/// What the answer says if it has none.
pub(super) fn grant(response: &Response, words: &Words, asked: Purpose) -> CallResult<Grant> {
    if response.is_success() {
        let answer = response.answer();
        // Of a form that was cut off nobody sees that it was.
        let whole = response.cut.is_none() && response.says_its_end;
        let grant = in_json(&response.body, answer.clone());
        if let Some(grant) = grant.or_else(|| whole.then(|| in_form(&response.body, answer)).flatten()) {
            // What is behind it was not read.
            let more = response.cut == Some(Cut::TooLarge);
            return Ok(Grant { beside: grant.beside || more, ..grant });
        }
    }
    let failure = words.failure(response, asked);
    Err(if may_have_given(response, &failure) { with_unread(failure, response) } else { failure })
}

/// Whether there may be tokens in what came with a failure.
fn may_have_given(response: &Response, failure: &CallError) -> bool {
    match failure.kind {
        // A 5xx says by itself that tokens may be missing.
        CallFailure::Unclear if response.status >= 500 => false,
        CallFailure::Unclear if response.is_success() => true,
        // Whatever the rest says, what is given is given: a filter may say no of what was done.
        CallFailure::Refused
        | CallFailure::RefusesUs
        | CallFailure::Rejected
        | CallFailure::NotDone
        | CallFailure::Unclear => names_token(&response.body),
    }
}

/// The tokens in what was kept of an answer. Forms are not read again: if one was kept, then because its end was missing,
/// and with it perhaps the end of a token.
pub(super) fn read_again(unread: &Secret) -> Option<Grant> {
    let read = |kept: &[u8]| {
        let grant = in_json(kept, ShownAnswer("read again".into()))?;
        // Behind that much, there may have been more that was not kept. It may be less by a part of a character.
        let more = kept.len() + 4 > MOST_UNREAD;
        Some(Grant { beside: grant.beside || more, ..grant })
    };
    let text = unread.expose();
    read(text.as_bytes()).or_else(|| read(&Zeroizing::new(STANDARD.decode(text).ok()?)))
}

fn in_json(body: &[u8], answer: ShownAnswer) -> Option<Grant> {
    serde_json::from_slice::<Tokens>(without_mark(body)).ok()?.grant(has_beside(body), answer)
}

/// As Facebook and GitHub once answered.
fn in_form(body: &[u8], answer: ShownAnswer) -> Option<Grant> {
    let fields = form_fields(body)?;
    let all = |wanted: &'static str| {
        fields.iter().filter(move |(name, _)| **name == wanted).map(|(_, value)| value.as_str())
    };
    let one = |wanted| all(wanted).next().filter(|_| all(wanted).nth(1).is_none());
    // What was `+` or no UTF-8 is another token by now, and of two nobody says which it is.
    let is_as_sent = |token: &str| !token.contains([' ', char::REPLACEMENT_CHARACTER]);
    let tokens = || all("access_token").chain(all("refresh_token"));
    if !tokens().all(is_as_sent) || all("refresh_token").nth(1).is_some() {
        return None;
    }
    let number = |wanted| one(wanted).map(|value| Value::String(value.to_owned()));
    let tokens = Tokens {
        access_token: one("access_token")?.to_owned(),
        refresh_token: one("refresh_token").map(str::to_owned),
        expires_in: number("expires_in"),
        refresh_token_expires_in: number("refresh_token_expires_in"),
        refresh_expires_in: number("refresh_expires_in"),
        x_refresh_token_expires_in: number("x_refresh_token_expires_in"),
    };
    tokens.grant(has_beside(body), answer)
}

/// The failure as what it is where there may be tokens in what came along, which is kept.
fn with_unread(failure: CallError, response: &Response) -> CallError {
    let answer = match &response.cut {
        None if failure.kind == CallFailure::Unclear => failure.answer,
        None => format!("{}, but with what may be tokens", failure.answer),
        Some(Cut::TooLarge) => format!("HTTP {}, but with too much", response.status),
        Some(Cut::Lost(why)) => format!("HTTP {}, but {why}", response.status),
    };
    CallError { kind: CallFailure::Unclear, answer, unread: unread(&response.body), ..failure }
}

/// What is kept of a body: its text, or Base64 if it is none; `None` if there is nothing in it.
fn unread(body: &[u8]) -> Option<Secret> {
    let kept = body.get(..MOST_UNREAD).unwrap_or(body);
    if kept.trim_ascii().is_empty() {
        return None;
    }
    let text = match str::from_utf8(kept) {
        Ok(text) => Some(text),
        // Cut off in the middle of a character.
        Err(error) if error.error_len().is_none() && kept.len() < body.len() => {
            kept.get(..error.valid_up_to()).and_then(|kept| str::from_utf8(kept).ok())
        }
        Err(_) => None,
    };
    Some(Secret::new(text.map_or_else(|| STANDARD.encode(kept), str::to_owned)))
}

/// Some write the number as text, and some with a fraction.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    let life = Duration::try_from_secs_f64(seconds);
    // What is negative or none at all is no length of time, and nobody gives what is good for no time: 0 is how Keycloak says
    // "without limit". What does not fit is a very long one.
    if seconds <= 0.0 || seconds.is_nan() {
        None
    } else {
        Some(life.unwrap_or(LONGEST_LIFE).min(LONGEST_LIFE))
    }
}

/// The account in an answer, by the names that its id and name may have there; `None` if it has no id.
pub(super) fn account(response: &Response, id: &str, names: &[&str]) -> Option<Account> {
    if !response.is_success() {
        return None;
    }
    let body: Value = serde_json::from_slice(without_mark(&response.body)).ok()?;
    let text = |key: &str| match body.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let name = names.iter().find_map(|key| text(key));
    Some(Account::new(&text(id)?, name.as_deref()))
}

#[cfg(test)]
mod tests;
