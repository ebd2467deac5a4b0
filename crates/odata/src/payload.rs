//! Bodies of requests: JSON objects whose members are properties of a type, or parameters of an
//! action.
//!
//! Every member is there once, names are compared without regard to case, and annotations (names
//! with an `@`) are read over, but for the type, which must be the one that is expected.
//!
//! Source: OData JSON Format Version 4.01; the words of errors are those of Microsoft Graph.

mod error;
mod object;
mod value;

use crate::model::{Property, StructuredType};
use object::Object;

pub use error::{PayloadError, shortened};
pub use value::Value;

/// The names of a model's types, as far as bodies and errors about them need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// The namespace of all types.
    pub namespace: &'static str,
    /// The namespace of the same types in errors about properties, where the service behind the
    /// gateway speaks.
    pub inner: &'static str,
    /// Types that are known, without their namespace: to name one of them where another is expected
    /// is not the same mistake as to name none at all.
    pub known: &'static [&'static str],
}

/// A property or parameter, and the value it is given.
pub type Member = (&'static Property, Value);

/// Reads an object of this type: what of its properties is there, in the order it was written.
///
/// # Errors
/// What is wrong with it, first.
pub fn read(body: &[u8], of: &StructuredType, names: &Names) -> Result<Vec<Member>, PayloadError> {
    let mut members = Vec::new();
    for (name, json) in Object::parse(body)?.0 {
        if name.eq_ignore_ascii_case("@odata.type") {
            names.check(of, &json)?;
        } else if !name.contains('@') {
            let property = of.property(&name).ok_or_else(|| PayloadError::UnknownProperty {
                property: shortened(&name),
                of: format!("{}.{}", names.inner, of.name),
            })?;
            members.push((property, Value::read(property, json, names.namespace)?));
        }
    }
    Ok(members)
}

/// Reads the parameters of an action. None at all may be sent as no body or an empty object.
///
/// # Errors
/// What is wrong with them: a value, first, or all the names of parameters that the action does not
/// take.
pub fn parameters(
    body: &[u8],
    operation: &'static str,
    taken: &'static [Property],
    names: &Names,
) -> Result<Vec<Member>, PayloadError> {
    let mut members = Vec::new();
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(members);
    }
    let mut unknown = Vec::new();
    for (name, json) in Object::parse(body)?.0 {
        match taken.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(&name)) {
            Some(parameter) => members.push((parameter, Value::read(parameter, json, names.namespace)?)),
            None if name.contains('@') => {}
            None => unknown.push(shortened(&name)),
        }
    }
    match unknown.as_slice() {
        [] => Ok(members),
        [parameter] => Err(PayloadError::UnknownParameter { parameter: parameter.clone(), operation }),
        many => {
            let parameters = many.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            Err(PayloadError::UnknownParameters { parameters, operation })
        }
    }
}

impl Names {
    /// `@odata.type` must name the type, with or without `#`.
    fn check(&self, of: &StructuredType, json: &serde_json::Value) -> Result<(), PayloadError> {
        let given = error::literal(json);
        let name = given.strip_prefix('#').unwrap_or(&given);
        let short = name.strip_prefix(self.namespace).and_then(|rest| rest.strip_prefix('.'));
        match short {
            Some(short) if short == of.name => Ok(()),
            Some(short) if self.known.contains(&short) => Err(PayloadError::OtherType {
                given: name.into(),
                expected: format!("{}.{}", self.namespace, of.name),
            }),
            Some(_) | None => Err(PayloadError::UnknownType(name.into())),
        }
    }
}

#[cfg(test)]
mod tests;
