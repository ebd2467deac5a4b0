//! Which of OData's JSON formats a client wants.
//!
//! Source: OData JSON Format Version 4.01, section 3.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};

use crate::http::error::ApiError;

/// How a success is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::http::graph) struct Format {
    pub(in crate::http::graph) metadata: Metadata,
    /// Whether 64-bit numbers are texts, because some clients have no other numbers than IEEE 754's.
    pub(in crate::http::graph) ieee754: bool,
}

/// How much is said beside the properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::http::graph) enum Metadata {
    /// Nothing but what is needed to go on: counts and next links.
    None,
    /// What a client cannot know from the model.
    #[default]
    Minimal,
    /// Types and links, too.
    Full,
}

impl Format {
    /// What `$format` says; else what the `Accept` header says, where it says anything about JSON. An `Accept` header
    /// that has no JSON in it is answered with JSON all the same: clients send `text/plain` where a number comes back.
    ///
    /// # Errors
    /// If `$format` asks for something else than JSON.
    pub(in crate::http::graph) fn asked(option: Option<&str>, headers: &HeaderMap) -> Result<Self, ApiError> {
        if let Some(option) = option {
            return Self::read(option)
                .ok_or_else(|| ApiError::Format(gangway_odata::payload::shortened(option)));
        }
        let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        Ok(accepted.flat_map(|value| value.split(',')).find_map(Self::read).unwrap_or_default())
    }

    /// `None` if the media type is no JSON, or has a parameter with a value there is not.
    fn read(media_type: &str) -> Option<Self> {
        let mut parts = media_type.split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case("application/json") {
            return None;
        }
        let mut format = Self::default();
        for parameter in parts {
            let (name, value) = parameter.split_once('=')?;
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'));
            match name.strip_prefix("odata.").unwrap_or(&name) {
                "metadata" => format.metadata = Metadata::named(value)?,
                "ieee754compatible" => format.ieee754 = truth(value)?,
                // How it is sent is for the server to choose, and the rest is about other things.
                _ => {}
            }
        }
        Some(format)
    }

    /// The `Content-Type` of an answer in this format.
    pub(in crate::http::graph) fn content_type(self) -> HeaderValue {
        const MINIMAL: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
        if self == Self::default() {
            return HeaderValue::from_static(MINIMAL);
        }
        let Self { metadata, ieee754 } = self;
        let metadata = metadata.name();
        HeaderValue::try_from(format!(
            "application/json;odata.metadata={metadata};odata.streaming=true;IEEE754Compatible={ieee754};charset=utf-8"
        ))
        .unwrap_or(HeaderValue::from_static(MINIMAL))
    }
}

impl Metadata {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Full => "full",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Minimal, Self::Full]
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(name))
    }
}

fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &'static str) -> Format {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        Format::asked(None, &headers).unwrap()
    }

    #[test]
    fn the_first_json_that_can_be_written_is_written() {
        let minimal = Format::default();
        for accept in ["*/*", "application/json", "text/plain;q=0.9", "application/json;odata.metadata=some"]
        {
            assert_eq!(accepted(accept), minimal, "{accept}");
        }
        let none = Format { metadata: Metadata::None, ..minimal };
        assert_eq!(accepted("text/html, application/json; OData.Metadata=\"none\";q=0.5"), none);
        assert_eq!(accepted("application/json;metadata=none,application/json;odata.metadata=full"), none);
        let ieee754 = Format { ieee754: true, ..minimal };
        assert_eq!(accepted("application/json;IEEE754Compatible=true;charset=utf-8"), ieee754);
    }

    #[test]
    fn the_option_goes_before_the_header_and_must_be_json() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json;odata.metadata=none"));
        assert_eq!(Format::asked(Some("application/json"), &headers).unwrap(), Format::default());
        let full = Format::asked(Some("application/json;odata.metadata=full"), &headers).unwrap();
        assert_eq!(full.metadata, Metadata::Full);
        for other in ["xml", "atom", "", "application/xml", "application/json;odata.metadata=all"] {
            assert!(matches!(Format::asked(Some(other), &headers), Err(ApiError::Format(_))), "{other}");
        }
    }

    #[test]
    fn the_content_type_says_what_was_chosen() {
        let full = Format { metadata: Metadata::Full, ieee754: true };
        assert_eq!(
            full.content_type(),
            "application/json;odata.metadata=full;odata.streaming=true;IEEE754Compatible=true;charset=utf-8"
        );
    }
}
