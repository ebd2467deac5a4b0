//! What a token endpoint gives (RFC 6749, section 5.1), read liberally.

use std::time::Duration;

use gangway_domain::Account;
use gangway_engine::{Grant, Secret};
use serde::Deserialize;
use serde_json::Value;

use super::outbound::Response;

/// Nobody gives tokens for longer.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 365 * 100);

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<Value>,
}

/// The tokens in an answer; `None` if it has none.
pub(super) fn grant(response: &Response) -> Option<Grant> {
    if response.status != 200 {
        return None;
    }
    let Tokens { access_token, refresh_token, expires_in } = serde_json::from_slice(&response.body).ok()?;
    let present = |token: &Secret| !token.expose().is_empty();
    Some(Grant {
        access_token: Some(Secret::new(access_token)).filter(present)?,
        refresh_token: refresh_token.map(Secret::new).filter(present),
        expires_in: expires_in.as_ref().and_then(seconds),
        answer: response.answer(),
    })
}

/// Some write the number as text, and some with a fraction.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    let life = Duration::try_from_secs_f64(seconds);
    // What is negative or none at all is no length of time; what does not fit is a very long one.
    if seconds < 0.0 || seconds.is_nan() {
        None
    } else {
        Some(life.unwrap_or(LONGEST_LIFE).min(LONGEST_LIFE))
    }
}

/// The account in an answer, by the names that its id and name may have there; `None` if it has no id.
pub(super) fn account(response: &Response, id: &str, names: &[&str]) -> Option<Account> {
    if response.status != 200 {
        return None;
    }
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let text = |key: &str| match body.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let name = names.iter().find_map(|key| text(key));
    Some(Account::new(&text(id)?, name.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> Response {
        Response { status, retry_after: None, body: body.as_bytes().to_vec().into() }
    }

    #[test]
    fn tokens_are_read_however_their_life_is_written() {
        for (expires_in, seconds) in [
            ("3600", Some(3600)),
            ("\"3600\"", Some(3600)),
            ("3599.5", Some(3599)),
            ("0", Some(0)),
            ("null", None),
            ("-1", None),
            ("\"soon\"", None),
            ("1e300", Some(24 * 365 * 100 * 3600)),
        ] {
            let body = format!(r#"{{"access_token":"a","refresh_token":"r","expires_in":{expires_in}}}"#);
            let grant = grant(&response(200, &body)).unwrap();
            assert_eq!(grant.expires_in.map(|life| life.as_secs()), seconds, "{expires_in}");
        }
    }

    #[test]
    fn an_answer_without_an_access_token_gives_nothing() {
        for body in ["", "{}", "<html>", r#"{"access_token":""}"#, r#"{"access_token":7}"#, "[]"] {
            assert!(grant(&response(200, body)).is_none(), "{body}");
        }
        assert!(grant(&response(400, r#"{"access_token":"a"}"#)).is_none());
        let without = grant(&response(200, r#"{"access_token":"a","refresh_token":""}"#)).unwrap();
        assert!(without.refresh_token.is_none());
    }

    #[test]
    fn an_account_needs_an_id_and_takes_the_first_name_there_is() {
        let of = |body| account(&response(200, body), "sub", &["name", "email"]);
        assert_eq!(of(r#"{"sub":"1","name":"Ann","email":"a@x"}"#), Some(Account::new("1", Some("Ann"))));
        assert_eq!(of(r#"{"sub":7,"name":"","email":"a@x"}"#), Some(Account::new("7", Some("a@x"))));
        assert_eq!(of(r#"{"name":"Ann"}"#), None);
        assert_eq!(of("ey.J.wt"), None);
    }
}
