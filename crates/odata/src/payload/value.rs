use serde_json::Value as Json;
use uuid::Uuid;

use super::error::{PayloadError, literal, shortened};
use crate::model::{Property, Type};

/// A value, of its property's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// There is none.
    Null,
    /// `Edm.String`
    String(String),
    /// `Edm.Boolean`
    Boolean(bool),
    /// `Edm.Guid`
    Guid(Uuid),
    /// `Edm.Int64`
    Int64(i64),
    /// `Edm.DateTimeOffset`, as it was written: whoever keeps times knows which there are.
    DateTimeOffset(String),
    /// A member of an enumeration.
    Enum(&'static str),
}

impl Value {
    /// Reads the value of a property. No type that is written has parts or collections, so those
    /// are never of the expected type.
    pub(super) fn read(property: &Property, json: Json, namespace: &str) -> Result<Self, PayloadError> {
        let edm = || property.of.name(namespace);
        if json.is_null() {
            let null = || PayloadError::Null { property: property.name, edm: edm() };
            return if property.nullable { Ok(Self::Null) } else { Err(null()) };
        }
        Self::from_json(property.of, json).map_err(|literal| PayloadError::WrongValue {
            property: property.name,
            edm: edm(),
            literal,
        })
    }

    /// What is written as text, as text: a string, a time, or the member of an enumeration.
    #[must_use]
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::String(text) | Self::DateTimeOffset(text) => Some(text),
            Self::Enum(member) => Some(member.to_owned()),
            Self::Null | Self::Boolean(_) | Self::Guid(_) | Self::Int64(_) => None,
        }
    }

    /// A boolean.
    #[must_use]
    pub fn into_boolean(self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(value),
            Self::Null
            | Self::String(_)
            | Self::Guid(_)
            | Self::Int64(_)
            | Self::DateTimeOffset(_)
            | Self::Enum(_) => None,
        }
    }

    /// Or else what to repeat of it.
    fn from_json(of: Type, json: Json) -> Result<Self, String> {
        match (of, json) {
            (Type::String, Json::String(text)) => Ok(Self::String(text)),
            (Type::Boolean, Json::Bool(value)) => Ok(Self::Boolean(value)),
            (Type::Guid, Json::String(text)) => guid(&text).map(Self::Guid).ok_or_else(|| shortened(&text)),
            (Type::Int64, Json::Number(number)) => {
                number.as_i64().map(Self::Int64).ok_or_else(|| shortened(&number.to_string()))
            }
            (Type::DateTimeOffset, Json::String(text)) => Ok(Self::DateTimeOffset(text)),
            (Type::Enum(of), Json::String(text)) => {
                let member = of.members.iter().find(|member| **member == text);
                member.map(|member| Self::Enum(member)).ok_or_else(|| shortened(&text))
            }
            (_, json) => Err(literal(&json)),
        }
    }
}

/// Only the form with hyphens, in any case.
fn guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}
