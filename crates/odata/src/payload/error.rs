use std::fmt::Display;

use serde_json::Value as Json;

use crate::model::Property;

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It is no JSON, no object, or larger than any object has a use for.
    #[error("the body is no JSON object")]
    Unreadable,
    /// A member is no property of the type.
    #[error(
        "The property '{property}' does not exist on type '{of}'. Make sure to only use property names that are \
         defined by the type."
    )]
    UnknownProperty {
        /// The member's name.
        property: String,
        /// The type.
        of: String,
    },
    /// A member is there twice.
    #[error(
        "Multiple properties with the name '{0}' were detected in a resource. In OData, duplicate property names \
         are not allowed."
    )]
    DuplicateProperty(String),
    /// The body says that it is of a type there is not.
    #[error(
        "A type named '{0}' could not be resolved by the model. When a model is available, each type name must \
         resolve to a valid type."
    )]
    UnknownType(String),
    /// The body says that it is of another type.
    #[error(
        "An entry with type '{given}' was found, but it is not assignable to the expected type '{expected}'. The \
         type specified in the entry must be equal to either the expected type or a derived type."
    )]
    OtherType {
        /// What it says.
        given: String,
        /// What it should be.
        expected: String,
    },
    /// A property that cannot be null is.
    #[error(
        "A null value was found for the property named '{property}', which has the expected type \
         '{edm}[Nullable=False]'. The expected type '{edm}[Nullable=False]' does not allow null values."
    )]
    Null {
        /// The property.
        property: &'static str,
        /// Its type.
        edm: String,
    },
    /// A value is not of its property's type.
    #[error("Cannot convert the literal '{literal}' to the expected type '{edm}' of property '{property}'.")]
    WrongValue {
        /// The property.
        property: &'static str,
        /// Its type.
        edm: String,
        /// The value.
        literal: String,
    },
    /// A value is not of its property's type, and it can be said why.
    #[error(
        "Cannot convert the literal '{literal}' to the expected type '{edm}' of property '{property}': it {why}."
    )]
    Unfit {
        /// The property.
        property: &'static str,
        /// Its type.
        edm: String,
        /// The value.
        literal: String,
        /// What is wrong with it, as "it …".
        why: String,
    },
    /// An action has no such parameter.
    #[error(
        "The parameter '{parameter}' in the request payload is not a valid parameter for the operation '{operation}'."
    )]
    UnknownParameter {
        /// The member's name.
        parameter: String,
        /// The action.
        operation: &'static str,
    },
    /// An action has none of these parameters.
    #[error(
        "The parameters {parameters} in the request payload are not valid parameters for the operation '{operation}'."
    )]
    UnknownParameters {
        /// The members' names, quoted, with commas between them.
        parameters: String,
        /// The action.
        operation: &'static str,
    },
}

impl PayloadError {
    /// A text that whoever knows more of a property than its type does not take, and why: "it …".
    #[must_use]
    pub fn unfit(property: &Property, text: &str, why: impl Display, namespace: &str) -> Self {
        Self::Unfit {
            property: property.name,
            edm: property.of.name(namespace),
            literal: shortened(text),
            why: why.to_string(),
        }
    }
}

/// Text from a client, fit to be repeated in a message: cut, and without control characters.
#[must_use]
pub fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    let mut chars = text.chars();
    let shown = chars.by_ref().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut short: String = shown.collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// A JSON value, fit to be repeated in a message.
pub(super) fn literal(value: &Json) -> String {
    match value {
        Json::String(text) => shortened(text),
        Json::Null | Json::Bool(_) | Json::Number(_) => shortened(&value.to_string()),
        Json::Array(_) => "[…]".into(),
        Json::Object(_) => "{…}".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_short_and_one_line() {
        assert_eq!(shortened(&"é".repeat(1000)).chars().count(), 101);
        assert_eq!(shortened(&"é".repeat(100)).chars().count(), 100);
        assert_eq!(shortened("a\r\nb\0é"), "a\u{fffd}\u{fffd}b\u{fffd}é");
    }
}
