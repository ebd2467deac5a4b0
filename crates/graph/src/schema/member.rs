//! What the types of the schema are made of.

use gangway_odata::model::{Property, Type};

/// A property of a type, as a member of an enum that has all of them: whoever writes or keeps values of the type matches on it,
/// so that a new property stops the build until it is dealt with.
pub trait Member: Copy + 'static {
    /// What the schema says of it.
    fn property(self) -> &'static Property;
}

pub(super) const fn required(name: &'static str, of: Type, about: &'static str) -> Property {
    Property { name, of, nullable: false, about }
}

pub(super) const fn nullable(name: &'static str, of: Type, about: &'static str) -> Property {
    Property { name, of, nullable: true, about }
}

pub(super) const ID: Property = required("id", Type::String, "The key.");

/// Makes the enum and its properties of one table.
macro_rules! members {
    ($(#[$doc:meta])* $name:ident { $($member:ident = $property:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = stringify!($property)] $member,)*
        }

        impl $name {
            /// Every one there is, in the order it is shown.
            pub const ALL: &[Self] = &[$(Self::$member),*];
            const PROPERTIES: &[gangway_odata::model::Property] = &[$($property),*];
        }

        impl $crate::schema::member::Member for $name {
            fn property(self) -> &'static gangway_odata::model::Property {
                &Self::PROPERTIES[self as usize]
            }
        }
    };
}
pub(super) use members;
