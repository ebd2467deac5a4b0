//! Writes entities as JSON: which of their properties, and what is said beside them.
//!
//! Source: OData JSON Format Version 4.01, sections 4 and 7.

use std::fmt;

use gangway_graph::schema::{Member, NAMESPACE};
use gangway_odata::Select;
use gangway_odata::model::{Property, StructuredType, Type};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::http::graph::request::Metadata;

/// What the schema describes and can be written property by property.
pub(in crate::http::graph) trait Show {
    /// The properties of its type.
    type Member: Member;

    /// Its type.
    fn structured_type(&self) -> &'static StructuredType;

    /// The properties it has, in order.
    fn members(&self) -> &'static [Self::Member];

    /// Writes the value of one of them under its name; `part` says what of it, if it has properties itself.
    fn show<M: SerializeMap>(
        &self,
        member: Self::Member,
        part: Part<'_>,
        to: &mut Entry<'_, M>,
    ) -> Result<(), M::Error>;
}

/// Where the value of one property is written.
pub(in crate::http::graph) struct Entry<'m, M> {
    name: &'static str,
    map: &'m mut M,
}

impl<M: SerializeMap> Entry<'_, M> {
    /// Writes it.
    ///
    /// # Errors
    /// As what it is written into.
    pub(in crate::http::graph) fn write(
        &mut self,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), M::Error> {
        self.map.serialize_entry(self.name, value)
    }
}

/// What of something is written, and how much beside it.
#[derive(Debug, Clone, Copy)]
pub(in crate::http::graph) struct Part<'a> {
    pub(in crate::http::graph) selection: &'a Selection,
    pub(in crate::http::graph) metadata: Metadata,
}

/// The properties that are written: all of them, or those that `$select` names.
#[derive(Debug, Default)]
pub(in crate::http::graph) struct Selection(Option<Vec<(&'static str, Selection)>>);

/// What is said of an entity before its properties, beside its type.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::http::graph) struct Noted<'a> {
    /// Where what it is is described.
    pub(in crate::http::graph) context: Option<&'a str>,
    /// Its address below the version, like `deviceManagement/auditEvents('6a4d…')`, and what stands before that.
    pub(in crate::http::graph) address: Option<(&'a str, &'a str)>,
    /// Whether its type is said even where a client could know it.
    pub(in crate::http::graph) typed: bool,
}

/// Something with its annotations, to be written.
#[derive(Debug, Clone, Copy)]
pub(in crate::http::graph) struct Shown<'a, T> {
    pub(in crate::http::graph) item: &'a T,
    pub(in crate::http::graph) part: Part<'a>,
    pub(in crate::http::graph) noted: Noted<'a>,
}

/// Anything that writes itself as text, as a JSON string.
pub(in crate::http::graph) struct Text<T>(pub(in crate::http::graph) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Selection {
    pub(in crate::http::graph) fn new(select: Option<&Select>) -> Self {
        let Some(select) = select else { return Self(None) };
        let mut selection = Self(Some(Vec::new()));
        for path in &select.paths {
            selection.add(path);
        }
        selection
    }

    /// What ends here is wanted whole, whatever else was said about its parts.
    fn add(&mut self, path: &[&'static Property]) {
        let Self(Some(named)) = self else { return };
        let Some((first, rest)) = path.split_first() else {
            self.0 = None;
            return;
        };
        let place = named.iter().position(|(name, _)| *name == first.name).unwrap_or_else(|| {
            named.push((first.name, Self(Some(Vec::new()))));
            named.len() - 1
        });
        named[place].1.add(rest);
    }

    /// What of this property is wanted, if it is.
    fn part(&self, name: &str) -> Option<&Self> {
        match &self.0 {
            None => Some(self),
            Some(named) => named.iter().find(|(selected, _)| *selected == name).map(|(_, part)| part),
        }
    }
}

impl<T: Show> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { item, part: Part { selection, metadata }, noted } = *self;
        let mut map = serializer.serialize_map(None)?;
        if let Some(context) = noted.context.filter(|_| metadata != Metadata::None) {
            map.serialize_entry("@odata.context", context)?;
        }
        if metadata == Metadata::Full || (noted.typed && metadata == Metadata::Minimal) {
            map.serialize_entry(
                "@odata.type",
                &Text(format_args!("#{NAMESPACE}.{}", item.structured_type().name)),
            )?;
        }
        if let Some((base, address)) = noted.address.filter(|_| metadata == Metadata::Full) {
            map.serialize_entry("@odata.id", &Text(format_args!("{base}/{address}")))?;
            map.serialize_entry("@odata.editLink", address)?;
        }
        for member in item.members() {
            let property = member.property();
            let Some(selection) = selection.part(property.name) else { continue };
            if let Some(name) = Some(property.of).filter(|_| metadata == Metadata::Full).and_then(annotated) {
                map.serialize_entry(&Text(format_args!("{}@odata.type", property.name)), &name)?;
            }
            let mut entry = Entry { name: property.name, map: &mut map };
            item.show(*member, Part { selection, metadata }, &mut entry)?;
        }
        map.end()
    }
}

/// The name of a type whose values JSON cannot tell from others, without the namespace `Edm`.
fn annotated(of: Type) -> Option<String> {
    match of {
        Type::String | Type::Boolean | Type::Complex(_) => None,
        Type::Guid | Type::Int64 | Type::DateTimeOffset | Type::Enum(_) | Type::Collection(_) => {
            Some(format!("#{}", of.name(NAMESPACE).replace("Edm.", "")))
        }
    }
}
