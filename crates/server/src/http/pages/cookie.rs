//! The cookie by which a browser that comes back from a partner is known to be the one that was sent there.

use std::time::Duration;

use gangway_domain::AttemptId;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// Each attempt has its own, so that two in one browser are not in each other's way. With HTTPS the name says that
/// no other host can have set it (RFC 6265bis, section 4.1.3.2).
fn name(attempt: AttemptId, secure: bool) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    format!("{prefix}gangway-attempt-{attempt}")
}

fn is_secure(base: &str) -> bool {
    base.starts_with("https://")
}

/// Gives the browser its key for this attempt. It comes back on a visit from another site, so it is `Lax`.
pub(in crate::http) fn set(
    attempt: AttemptId,
    key: &str,
    lasts: Duration,
    base: &str,
) -> Option<HeaderValue> {
    header(attempt, key, lasts.as_secs(), base)
}

/// Takes it away again.
pub(in crate::http) fn clear(attempt: AttemptId, base: &str) -> Option<HeaderValue> {
    header(attempt, "", 0, base)
}

fn header(attempt: AttemptId, value: &str, seconds: u64, base: &str) -> Option<HeaderValue> {
    let secure = is_secure(base);
    let name = name(attempt, secure);
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// The browser's key for this attempt.
pub(in crate::http) fn get(headers: &HeaderMap, attempt: AttemptId, base: &str) -> Option<String> {
    let name = name(attempt, is_secure(base));
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name);
    // Two of one name come from somebody who wants to be taken for another.
    match (found.next(), found.next()) {
        (Some((_, key)), None) => Some(key.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPT: AttemptId = AttemptId(uuid::Uuid::from_u128(5));

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (COOKIE, HeaderValue::from_str(cookie).unwrap())).collect()
    }

    #[test]
    fn what_was_set_is_found_among_others() {
        for base in ["http://h", "https://h"] {
            let set = set(ATTEMPT, "key", Duration::from_mins(15), base).unwrap();
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            let jar = headers(&[&format!("a=b; {pair}"), "c=d"]);
            assert_eq!(get(&jar, ATTEMPT, base).as_deref(), Some("key"), "{base}");
            assert_eq!(get(&jar, AttemptId(uuid::Uuid::nil()), base), None);
            assert_eq!(get(&headers(&[&format!("{pair}; {pair}")]), ATTEMPT, base), None);
        }
    }

    #[test]
    fn scripts_and_plain_http_never_see_it() {
        let set = set(ATTEMPT, "key", Duration::from_mins(15), "https://h").unwrap();
        let text = set.to_str().unwrap();
        assert!(
            text.starts_with("__Host-")
                && text.ends_with("; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure")
        );
        assert!(set.is_sensitive());
    }
}
