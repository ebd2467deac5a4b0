//! What a client would like, where the server may choose.
//!
//! Source: RFC 7240; OData Version 4.01, Part 1: Protocol, section 8.2.8.

use http::{HeaderMap, HeaderName, HeaderValue};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The preferences that mean something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::http::graph) struct Preferences {
    /// Whether to answer a change with nothing in place of the entity.
    pub(in crate::http::graph) minimal: bool,
    /// How many items of a list to answer with at most.
    pub(in crate::http::graph) max_page_size: Option<usize>,
}

impl Preferences {
    /// Reads the `Prefer` headers. What is not understood is not applied, as RFC 7240 wants it; of two that
    /// contradict each other the first one counts.
    pub(in crate::http::graph) fn from_headers(headers: &HeaderMap) -> Self {
        let mut preferences = Self::default();
        let mut returns = None;
        let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
        for preference in values.flat_map(|value| value.split(',')) {
            let token = preference.split(';').next().unwrap_or_default();
            let (name, value) = token.split_once('=').unwrap_or((token, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'));
            match name.strip_prefix("odata.").unwrap_or(&name) {
                "return" => returns = returns.or(Some(value.eq_ignore_ascii_case("minimal"))),
                "maxpagesize" => {
                    let size = value.parse().ok().filter(|size| *size > 0);
                    preferences.max_page_size = preferences.max_page_size.or(size);
                }
                _ => {}
            }
        }
        Self { minimal: returns.unwrap_or(false), ..preferences }
    }

    /// Says on an answer to a change that it was answered with nothing.
    pub(in crate::http::graph) fn applied_minimal(headers: &mut HeaderMap) {
        headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static("return=minimal"));
    }

    /// Says on a list how long its pages are.
    pub(in crate::http::graph) fn applied_page_size(size: usize, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::try_from(format!("odata.maxpagesize={size}")) {
            headers.insert(PREFERENCE_APPLIED, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Preferences {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PREFER, HeaderValue::from_static(value));
        }
        Preferences::from_headers(&headers)
    }

    #[test]
    fn preferences_are_read_from_every_header_and_the_first_counts() {
        let both = Preferences { minimal: true, max_page_size: Some(5) };
        assert_eq!(read(&["return=minimal, odata.maxpagesize=5"]), both);
        assert_eq!(
            read(&["Return=\"minimal\"", "maxpagesize=5; x=y, maxpagesize=7, return=representation"]),
            both
        );
        assert_eq!(read(&["return=representation, return=minimal"]), Preferences::default());
    }

    #[test]
    fn what_makes_no_sense_is_not_applied() {
        for value in
            ["odata.maxpagesize=0", "maxpagesize=-1", "maxpagesize=many", "respond-async", "return", ",;="]
        {
            assert_eq!(read(&[value]), Preferences::default(), "{value}");
        }
    }
}
