use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::error::ItemError;
use super::written::string;

/// What a body is written as, by its media type.
///
/// Source: OData JSON Format Version 4.01, section 19.1, `body`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyForm {
    /// As JSON.
    Json,
    /// As a string of the text.
    Text,
    /// As a string of base64url.
    Bytes,
}

impl BodyForm {
    /// The form of a body of this `Content-Type`.
    pub(super) fn from_content_type(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim().as_bytes();
        let ends = |end: &[u8]| {
            essence.len() >= end.len() && essence[essence.len() - end.len()..].eq_ignore_ascii_case(end)
        };
        if essence.eq_ignore_ascii_case(b"application/json")
            || (essence.get(..12).is_some_and(|top| top.eq_ignore_ascii_case(b"application/"))
                && ends(b"+json"))
        {
            Self::Json
        } else if essence.get(..5).is_some_and(|top| top.eq_ignore_ascii_case(b"text/")) {
            Self::Text
        } else {
            Self::Bytes
        }
    }
}

/// The body as it would be sent alone. Under a JSON type any value is that value, even a string:
/// that it might be meant as base64url is for types that are not JSON.
pub(super) fn read<'a>(json: &'a str, content_type: &str) -> Result<Cow<'a, [u8]>, ItemError> {
    match BodyForm::from_content_type(content_type) {
        BodyForm::Json => Ok(Cow::Borrowed(json.as_bytes())),
        BodyForm::Text => string(json).map(bytes).ok_or(ItemError::Body),
        BodyForm::Bytes => {
            string(json).and_then(|text| decoded(&text)).map(Cow::Owned).ok_or(ItemError::Body)
        }
    }
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Of base64url, padded or not; and of base64, because that is what an SDK sends where Graph asks
/// for base64url.
fn decoded(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let with = |alphabet: &Alphabet| GeneralPurpose::new(alphabet, CONFIG).decode(text).ok();
    with(&URL_SAFE).or_else(|| with(&STANDARD))
}
