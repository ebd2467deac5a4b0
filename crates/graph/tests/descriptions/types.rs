//! Which types of the model a version has.

use gangway_odata::model::{EnumType, Kind, StructuredType, Type};

use gangway_graph::{Resource, Version};

/// The types that can be reached from the version's singleton, each once, by name.
#[derive(Debug, Default)]
pub(crate) struct Types {
    pub(crate) entities: Vec<&'static StructuredType>,
    pub(crate) complexes: Vec<&'static StructuredType>,
    pub(crate) enums: Vec<&'static EnumType>,
}

impl Types {
    pub(crate) fn of_version(version: Version) -> Self {
        let mut types = Self::default();
        types.add(Resource::DeviceManagement.structured_type(version));
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
