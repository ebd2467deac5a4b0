//! Which types of the model a version has.

use gangway_odata::model::{EnumType, Kind, StructuredType, Type};

use super::super::routes::Version;
use super::super::types::device_management;

/// The types that can be reached from the version's singleton, each once, by name.
#[derive(Debug, Default)]
pub(super) struct Types {
    pub(super) entities: Vec<&'static StructuredType>,
    pub(super) complexes: Vec<&'static StructuredType>,
    pub(super) enums: Vec<&'static EnumType>,
}

impl Types {
    pub(super) fn of(version: Version) -> Self {
        let mut types = Self::default();
        types.add(device_management(version));
        types.entities.sort_by_key(|of| of.name);
        types.complexes.sort_by_key(|of| of.name);
        types.enums.sort_by_key(|of| of.name);
        types
    }

    fn add(&mut self, of: &'static StructuredType) {
        let known = match of.kind {
            Kind::Entity => &mut self.entities,
            Kind::Complex => &mut self.complexes,
        };
        if known.iter().any(|known| known.name == of.name) {
            return;
        }
        known.push(of);
        for property in of.properties {
            match property.of.one() {
                Type::Complex(part) => self.add(part),
                Type::Enum(names) if !self.enums.contains(&names) => self.enums.push(names),
                Type::Enum(_)
                | Type::String
                | Type::Boolean
                | Type::Guid
                | Type::Int64
                | Type::DateTimeOffset
                | Type::Collection(_) => {}
            }
        }
        for navigation in of.navigation {
            self.add(navigation.to);
        }
    }
}
