use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// A claim that is one text or a list of them, as `aud` may be.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        };
        texts.iter().map(String::as_str)
    }

    /// Its words, as `scp` has them with spaces between.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.iter().flat_map(str::split_ascii_whitespace)
    }
}

/// Seconds since the Unix epoch; RFC 7519 allows fractions, which are cut off.
#[derive(Debug)]
pub(super) struct NumericDate(pub(super) i64);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        let seconds = number.as_i64().or_else(|| number.as_f64().map(whole));
        seconds.map(Self).ok_or_else(|| serde::de::Error::custom("not a number of seconds"))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates, and no time that far away differs from another"
)]
fn whole(seconds: f64) -> i64 {
    seconds.floor() as i64
}
