//! Tokens in an answer, by the names of its members.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::form::form_fields;
use super::without_mark::without_mark;

/// Whether there may be tokens in a body, whatever else it says.
pub(in crate::connector) fn names_token(body: &[u8]) -> bool {
    let is_token =
        |_, name: &str, text: &str| (is_pair(name) && is_one_word(text)) || tells_of(text.as_bytes());
    in_json(body, &is_token)
        .or_else(|| {
            let fields = form_fields(body)?;
            // There a blank is a `+` that nobody escaped.
            Some(fields.iter().any(|(name, text)| is_pair(name) && !text.is_empty()))
        })
        .unwrap_or_else(|| tells_of(body))
}

/// Whether there may be tokens in a grant beside its `access_token` and `refresh_token`.
pub(in crate::connector) fn has_beside(grant: &[u8]) -> bool {
    let fields = || Some(form_fields(grant)?.iter().any(|(name, text)| is_beside(1, name, text)));
    // Of what is a grant and cannot be looked through nobody knows.
    in_json(grant, &is_beside).or_else(fields).unwrap_or(true)
}

fn is_beside(depth: u8, name: &str, text: &str) -> bool {
    if text.is_empty() || (depth == 1 && matches!(name, "access_token" | "refresh_token")) {
        return false;
    }
    tells_of(text.as_bytes()) || may_be_token(&plain(name))
}

/// Whether a member of this plain name may be one.
fn may_be_token(name: &str) -> bool {
    // OpenID Connect's says who consented, and opens nothing.
    let is_none = name == "idtoken"
        || ["expiresin", "expiresat", "expiry", "lifetime", "type", "uri", "url", "endpoint", "hint"]
            .iter()
            .any(|end| name.ends_with(end));
    // The second is of OpenID Connect Native SSO.
    (name.contains("token") && !is_none) || name == "devicesecret"
}

/// Whether a member has the name of an access or refresh token, as anybody writes it: `access_token`, `refreshToken`,
/// `user_access_token`.
fn is_pair(name: &str) -> bool {
    let name = plain(name);
    name.ends_with("accesstoken") || name.ends_with("refreshtoken")
}

/// A token has no blanks (RFC 6750, section 2.1). What has some is a sentence about one.
fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

/// The name without what tells one way to write it from another.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a text that is neither JSON nor a form has a token in it, as JSON or a form that is broken or in another has.
fn tells_of(text: &[u8]) -> bool {
    let names = [b"\"access_token\"".as_slice(), b"\"accesstoken\"", b"access_token="];
    names.iter().any(|name| text.windows(name.len()).any(|part| part.eq_ignore_ascii_case(name)))
}

/// Asked of each text in JSON: how deep it is, the name of the member it is in, and it.
type IsToken<'a> = dyn Fn(u8, &str, &str) -> bool + 'a;

/// Whether any text in it is one of these; `None` if it is no JSON.
fn in_json(body: &[u8], is_token: &IsToken<'_>) -> Option<bool> {
    // Whatever is no text of today's hides no member.
    let text = Zeroizing::new(String::from_utf8_lossy(without_mark(body)).into_owned());
    let (mut found, mut json) = (false, serde_json::Deserializer::from_str(&text));
    Member { depth: 0, name: "", is_token, found: &mut found }.deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(found)
}

/// Looks at each text, and copies none.
struct Member<'a> {
    depth: u8,
    name: &'a str,
    is_token: &'a IsToken<'a>,
    found: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        *self.found |= (self.is_token)(self.depth, self.name, text);
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { depth, name, is_token, found } = self;
        while items.next_element_seed(Member { depth, name, is_token, found: &mut *found })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { depth, is_token, found, .. } = self;
        while let Some(name) = members.next_key::<String>()? {
            let depth = depth.saturating_add(1);
            members.next_value_seed(Member { depth, name: &name, is_token, found: &mut *found })?;
        }
        Ok(())
    }
}
