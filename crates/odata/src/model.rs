//! What a service's types look like, as data: what queries are checked against, and descriptions
//! are written from.
//!
//! Source: OData Version 4.01, Part 3: Common Schema Definition Language (CSDL).

/// An entity type or a complex type.
#[derive(Debug, PartialEq, Eq)]
pub struct StructuredType {
    /// Its name, without the namespace.
    pub name: &'static str,
    /// Whether its instances have a key.
    pub kind: Kind,
    /// Its structural properties, in the order they are shown.
    pub properties: &'static [Property],
    /// Its navigation properties.
    pub navigation: &'static [Navigation],
}

/// What a structured type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its instances have a key, the property `id`.
    Entity,
    /// Its instances are parts of others.
    Complex,
}

/// A structural property.
#[derive(Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub of: Type,
    /// Whether it may be null. Of a collection: whether its members may.
    pub nullable: bool,
    /// What it means, for descriptions.
    pub about: &'static str,
}

/// A navigation property to a contained collection or entity.
#[derive(Debug, PartialEq, Eq)]
pub struct Navigation {
    /// Its name.
    pub name: &'static str,
    /// What it leads to.
    pub to: &'static StructuredType,
    /// Whether it leads to many.
    pub many: bool,
    /// What it means, for descriptions.
    pub about: &'static str,
}

/// What the values of a property are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `Edm.String`
    String,
    /// `Edm.Boolean`
    Boolean,
    /// `Edm.Guid`
    Guid,
    /// `Edm.Int64`
    Int64,
    /// `Edm.DateTimeOffset`, to 100 nanoseconds
    DateTimeOffset,
    /// One of some names.
    Enum(&'static EnumType),
    /// A part with properties of its own.
    Complex(&'static StructuredType),
    /// Many, in order. There are no collections of collections.
    Collection(&'static Type),
}

/// An enumeration type.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumType {
    /// Its name, without the namespace.
    pub name: &'static str,
    /// Its members in order; each one's value is its place, from 0.
    pub members: &'static [&'static str],
}

impl StructuredType {
    /// The property with this name; names are compared without regard to case, as Graph does.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }

    /// The navigation property with this name, compared without regard to case.
    #[must_use]
    pub fn navigation(&self, name: &str) -> Option<&'static Navigation> {
        self.navigation.iter().find(|navigation| navigation.name.eq_ignore_ascii_case(name))
    }
}

impl Type {
    /// The type of one value: that of the members, if this is a collection.
    #[must_use]
    pub const fn one(self) -> Self {
        match self {
            Self::Collection(of) => *of,
            Self::String
            | Self::Boolean
            | Self::Guid
            | Self::Int64
            | Self::DateTimeOffset
            | Self::Enum(_)
            | Self::Complex(_) => self,
        }
    }

    /// Its name in CSDL, where types of the model are in this namespace.
    #[must_use]
    pub fn name(self, namespace: &str) -> String {
        match self {
            Self::String => "Edm.String".into(),
            Self::Boolean => "Edm.Boolean".into(),
            Self::Guid => "Edm.Guid".into(),
            Self::Int64 => "Edm.Int64".into(),
            Self::DateTimeOffset => "Edm.DateTimeOffset".into(),
            Self::Enum(of) => format!("{namespace}.{}", of.name),
            Self::Complex(of) => format!("{namespace}.{}", of.name),
            Self::Collection(of) => format!("Collection({})", of.name(namespace)),
        }
    }
}
