use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value as Json;

use super::error::{PayloadError, shortened};

/// More members than any body has a use for; a bound on the work of looking for duplicates.
const MAX_MEMBERS: usize = 256;

/// The members of a JSON object in the order they were written.
#[derive(Debug, PartialEq)]
pub(super) struct Object(pub(super) Vec<(String, Json)>);

impl Object {
    /// Reads an object out of a body.
    ///
    /// # Errors
    /// [`PayloadError::Unreadable`] if it is none; [`PayloadError::DuplicateProperty`] if a member
    /// is there twice.
    pub(super) fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let object: Self = serde_json::from_slice(body).map_err(|_| PayloadError::Unreadable)?;
        for (index, (name, _)) in object.0.iter().enumerate() {
            if object.0.iter().skip(index + 1).any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                return Err(PayloadError::DuplicateProperty(shortened(name)));
            }
        }
        Ok(object)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object of up to {MAX_MEMBERS} members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len() == MAX_MEMBERS {
                return Err(A::Error::invalid_length(MAX_MEMBERS + 1, &self));
            }
            members.push(member);
        }
        Ok(Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_is_an_object() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        for body in ["", "[]", "5", "\"x\"", "null", "{", "{}{}", "{\"a\":1,}", &deep] {
            assert_eq!(Object::parse(body.as_bytes()), Err(PayloadError::Unreadable), "{body}");
        }
        assert_eq!(Object::parse(b" {} ").unwrap(), Object(Vec::new()));
    }

    #[test]
    fn a_member_is_there_once_however_it_is_spelled() {
        let error = Object::parse(br#"{"displayName":1,"DISPLAYNAME":2}"#).unwrap_err();
        assert_eq!(error, PayloadError::DuplicateProperty("displayName".into()));
    }

    #[test]
    fn members_are_bounded() {
        let many = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("\"p{n}\":{n}")).collect();
            Object::parse(format!("{{{}}}", members.join(",")).as_bytes())
        };
        assert_eq!(many(MAX_MEMBERS).unwrap().0.len(), MAX_MEMBERS);
        assert_eq!(many(MAX_MEMBERS + 1), Err(PayloadError::Unreadable));
    }
}
