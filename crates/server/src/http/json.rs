//! JSON objects as OData takes them: every member once, names without regard to case, errors in OData's words.

use std::fmt;

use gangway_domain::InvalidTimestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::error::ApiError;

/// What a body says that the model does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ModelError {
    #[error(
        "The property '{0}' does not exist on type 'microsoft.management.services.api.remoteAssistancePartner'. \
         Make sure to only use property names that are defined by the type."
    )]
    UnknownProperty(String),
    #[error(
        "Multiple properties with the name '{0}' were detected in a resource. In OData, duplicate property names \
         are not allowed."
    )]
    DuplicateProperty(String),
    #[error(
        "A type named '{0}' could not be resolved by the model. When a model is available, each type name must \
         resolve to a valid type."
    )]
    UnknownType(String),
    #[error(
        "An entry with type '{0}' was found, but it is not assignable to the expected type \
         'microsoft.graph.remoteAssistancePartner'. The type specified in the entry must be equal to either the \
         expected type or a derived type."
    )]
    OtherType(String),
    #[error(
        "A null value was found for the property named '{property}', which has the expected type \
         '{edm}[Nullable=False]'. The expected type '{edm}[Nullable=False]' does not allow null values."
    )]
    Null { property: &'static str, edm: &'static str },
    #[error("Cannot convert the literal '{literal}' to the expected type '{edm}' of property '{property}'.")]
    WrongValue { property: &'static str, edm: &'static str, literal: String },
    #[error(
        "Cannot convert the literal '{literal}' to the expected type 'Edm.DateTimeOffset' of property \
         '{property}': it {why}."
    )]
    WrongTime { property: &'static str, literal: String, why: InvalidTimestamp },
    #[error(
        "The parameter '{parameter}' in the request payload is not a valid parameter for the operation '{operation}'."
    )]
    UnknownParameter { parameter: String, operation: &'static str },
    #[error(
        "The parameters {parameters} in the request payload are not valid parameters for the operation '{operation}'."
    )]
    UnknownParameters { parameters: String, operation: &'static str },
}

/// The members of a JSON object in the order they were written.
#[derive(Debug, PartialEq)]
pub(crate) struct Object(pub(crate) Vec<(String, Value)>);

impl Object {
    /// Reads an object out of a body.
    ///
    /// # Errors
    /// [`ApiError::UnreadableJson`] if it is none; [`ModelError::DuplicateProperty`] if a member is there twice.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let object: Self = serde_json::from_slice(body).map_err(|_| ApiError::UnreadableJson)?;
        for (index, (name, _)) in object.0.iter().enumerate() {
            if object.0.iter().skip(index + 1).any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                return Err(ModelError::DuplicateProperty(shortened(name)).into());
            }
        }
        Ok(object)
    }
}

/// More members than any body has a use for; a bound on the work of looking for duplicates.
const MAX_MEMBERS: usize = 256;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
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
                        return Err(serde::de::Error::invalid_length(MAX_MEMBERS + 1, &self));
                    }
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Text from a client, fit to be repeated in a message.
pub(crate) fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    if text.chars().nth(MOST).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MOST).collect();
    short.push('…');
    short
}

/// A JSON value, fit to be repeated in a message.
pub(crate) fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => shortened(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => shortened(&value.to_string()),
        Value::Array(_) => "[…]".into(),
        Value::Object(_) => "{…}".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_is_an_object() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        for body in ["", "[]", "5", "\"x\"", "null", "{", "{}{}", "{\"a\":1,}", &deep] {
            assert!(matches!(Object::parse(body.as_bytes()), Err(ApiError::UnreadableJson)), "{body}");
        }
        assert_eq!(Object::parse(b" {} ").unwrap(), Object(Vec::new()));
    }

    #[test]
    fn a_member_is_there_once_however_it_is_spelled() {
        let error = Object::parse(br#"{"displayName":1,"DISPLAYNAME":2}"#).unwrap_err();
        assert!(
            matches!(error, ApiError::Model(ModelError::DuplicateProperty(name)) if name == "displayName")
        );
    }

    #[test]
    fn members_are_bounded() {
        let many = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("\"p{n}\":{n}")).collect();
            Object::parse(format!("{{{}}}", members.join(",")).as_bytes())
        };
        assert_eq!(many(MAX_MEMBERS).unwrap().0.len(), MAX_MEMBERS);
        assert!(matches!(many(MAX_MEMBERS + 1), Err(ApiError::UnreadableJson)));
    }

    #[test]
    fn what_is_repeated_is_short() {
        assert_eq!(shortened(&"é".repeat(1000)).chars().count(), 101);
    }
}
