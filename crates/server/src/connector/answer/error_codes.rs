use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::form::form_fields;
use super::named::names_token;
use super::without_mark::without_mark;

/// The members in which partners put their error codes, wherever they are: `{"error":"…"}` (RFC 6749), `{"error":{"code":"…"}}` and
/// `{"error":{"type":"…"}}` (`OpenAI`, Facebook), `{"errors":[{"errorType":"…"}]}` (Fitbit), `{"error_code":"…"}` (Supabase),
/// `{"code":"…"}`, `{"status":"…"}` (`HubSpot`).
const WHERE: [&str; 9] =
    ["error", "errors", "code", "error_code", "errorcode", "type", "error_type", "errortype", "status"];
/// A code that is longer is none.
const LONGEST: usize = 64;
const MOST: usize = 16;
const DEEPEST: u8 = 3;

/// What a body says of an error. It is the partner's text, so none of it is shown.
#[derive(Debug, Default)]
pub(super) struct ErrorCodes {
    codes: Vec<Zeroizing<String>>,
    /// Whether it says that it is one: by a member `error` or `errors` in which there is something, or by `ok` or `success`
    /// being false (Slack, Fitbit).
    pub(super) is_error: bool,
    /// Whether there may be tokens in it.
    pub(super) names_token: bool,
}

impl ErrorCodes {
    /// What this body says, as far as it is whole and one that can.
    pub(super) fn in_body(body: &[u8]) -> Self {
        let said = Self::in_json(without_mark(body)).or_else(|| Self::in_form(body)).unwrap_or_default();
        Self { names_token: names_token(body), ..said }
    }

    fn in_json(body: &[u8]) -> Option<Self> {
        let (mut said, mut json) = (Self::default(), serde_json::Deserializer::from_slice(body));
        json.deserialize_any(Walk { said: &mut said, depth: 0, notes: false }).ok()?;
        json.end().ok()?;
        Some(said)
    }

    fn in_form(body: &[u8]) -> Option<Self> {
        let mut said = Self::default();
        for (name, value) in form_fields(body)? {
            if *name == "error" {
                said.is_error = true;
                said.note(&value);
            }
        }
        Some(said)
    }

    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(|code| code.as_str())
    }

    /// Whether it has no code that says more than the status 401 does (as Spring's `"status": 401, "error": "Unauthorized"`).
    pub(super) fn is_bare_401(&self) -> bool {
        self.codes().all(|code| code == "401" || code.eq_ignore_ascii_case("unauthorized"))
    }

    /// Some put a sentence behind the code: `invalid_grant: Token is expired or invalid.` (CCP).
    fn note(&mut self, text: &str) {
        let code = text.split(':').next().unwrap_or_default().trim();
        if self.codes.len() < MOST && (1..=LONGEST).contains(&code.len()) {
            self.codes.push(Zeroizing::new(code.to_owned()));
        }
    }
}

/// Looks for codes, and copies nothing else.
struct Walk<'a> {
    said: &'a mut ErrorCodes,
    depth: u8,
    /// Whether a text here is a code.
    notes: bool,
}

/// What there is in a place.
#[derive(PartialEq, Eq)]
enum Found {
    Nothing,
    False,
    Something,
}

impl Found {
    const fn something(is: bool) -> Self {
        if is { Self::Something } else { Self::Nothing }
    }
}

impl Walk<'_> {
    fn number(self, number: &str) -> Found {
        if self.notes {
            self.said.note(number);
        }
        Found::something(number != "0")
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Found, E> {
        if self.notes {
            self.said.note(text);
        }
        Ok(Found::something(!text.is_empty()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Found, E> {
        Ok(self.number(&number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Found, E> {
        Ok(self.number(&number.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found, E> {
        Ok(Found::Something)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Found, E> {
        Ok(if value { Found::Something } else { Found::False })
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Found, A::Error> {
        let mut any = false;
        let Self { said, depth, notes } = self;
        while items.next_element_seed(Walk { said: &mut *said, depth, notes })?.is_some() {
            any = true;
        }
        Ok(Found::something(any))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Found, A::Error> {
        let Self { said, depth, .. } = self;
        let mut any = false;
        while let Some(name) = members.next_key::<String>()? {
            any = true;
            let is = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(&name));
            let notes = depth < DEEPEST && is(&WHERE);
            let is_outcome = depth == 0 && is(&["ok", "success"]);
            if !notes && !is_outcome {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let found = members.next_value_seed(Walk { said: &mut *said, depth: depth + 1, notes })?;
            said.is_error |= depth == 0
                && match found {
                    Found::False => is_outcome,
                    Found::Something => is(&["error", "errors"]),
                    Found::Nothing => false,
                };
        }
        Ok(Found::something(any))
    }
}
