use super::error::{Fault, shown};
use crate::model::{EnumType, Property, StructuredType, Type};

/// What names mean where an expression is read.
#[derive(Debug)]
pub(super) struct NameScope<'a> {
    /// What the item is.
    pub(super) item: &'static StructuredType,
    /// The namespace of the model's types.
    pub(super) namespace: &'static str,
    /// The variables of the `any` and `all` around, and what they are; the outermost comes first.
    pub(super) variables: Vec<(&'a str, Type)>,
}

/// How deep types are looked into for an enumeration; complex types may contain themselves.
const DEEPEST: usize = 8;

impl NameScope<'_> {
    pub(super) const fn of_item(item: &'static StructuredType, namespace: &'static str) -> Self {
        Self { item, namespace, variables: Vec::new() }
    }

    /// The place and the type of the variable with this name.
    pub(super) fn variable(&self, name: &str) -> Option<(usize, Type)> {
        let found = self.variables.iter().position(|(variable, _)| *variable == name)?;
        self.variables.get(found).map(|(_, of)| (found, *of))
    }

    /// The enumeration with this qualified name, if a property of the item, or of its parts, is of
    /// it.
    pub(super) fn enumeration(&self, name: &str) -> Option<&'static EnumType> {
        let (namespace, name) = name.rsplit_once('.')?;
        if !namespace.eq_ignore_ascii_case(self.namespace) {
            return None;
        }
        enumeration(self.item, name, DEEPEST)
    }

    /// There is no property with this name.
    pub(super) fn unknown(&self, name: &str, of: &str, at: usize) -> Fault {
        unknown(name, of, self.namespace, at)
    }
}

/// There is no property with this name on the type of the model.
pub(super) fn unknown(name: &str, of: &str, namespace: &str, at: usize) -> Fault {
    Fault::new(at, format!("Could not find a property named '{}' on type '{namespace}.{of}'.", shown(name)))
}

fn enumeration(within: &'static StructuredType, name: &str, deeper: usize) -> Option<&'static EnumType> {
    within.properties.iter().map(|property: &Property| property.of.one()).find_map(|of| match of {
        Type::Enum(of) => of.name.eq_ignore_ascii_case(name).then_some(of),
        Type::Complex(of) if deeper > 0 => enumeration(of, name, deeper - 1),
        Type::Complex(_)
        | Type::String
        | Type::Boolean
        | Type::Guid
        | Type::Int64
        | Type::DateTimeOffset
        | Type::Collection(_) => None,
    })
}
