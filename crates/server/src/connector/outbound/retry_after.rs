use std::time::{Duration, UNIX_EPOCH};

use gangway_domain::Timestamp;
use gangway_domain::retry::LONGEST_ASKED;

/// How long a `Retry-After` asks to wait (RFC 9110, section 10.2.3): seconds, or until a date.
pub(super) fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let asked = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are a long time all the same.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
        date.saturating_sub(Duration::from_secs(u64::try_from(now.unix_seconds()).ok()?))
    };
    Some(asked.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_and_dates_are_understood_and_nothing_else() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let seconds = |text| parse(text, now).map(|asked| asked.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Mon, 23 Nov 2026 12:02:00 GMT"), Some(120));
        assert_eq!(seconds("Mon, 23 Nov 2026 11:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        assert_eq!(seconds("Mon, 23 Nov 2099 12:02:00 GMT"), Some(86_400));
        for text in ["", "-1", "1.5", "soon", "12 0", "2026-11-23T12:02:00Z"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_a_partner_writes_makes_it_panic(text in "\\PC{0,40}") {
            let _ = parse(&text, Timestamp::LAST);
        }
    }
}
