//! The model as CSDL XML.
//!
//! Source: OData CSDL XML Representation Version 4.01, written so that it is valid in 4.0.

use gangway_odata::model::{EnumType, Navigation, Property, StructuredType};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use crate::callables::{Callable, CallableKind, callables};
use crate::types::Types;
use crate::{ALIAS, CONTAINER, CORE, CORE_ADDRESS};
use gangway_graph::Version;
use gangway_graph::names::{DEVICE_MANAGEMENT, ENTITY, NAMESPACE};

/// What the elements are written into. Nothing can fail: it is memory.
type Xml = Writer<Vec<u8>>;
type Written = std::io::Result<()>;
type Attributes<'a> = &'a [(&'a str, &'a str)];

/// The document.
pub(crate) fn document(version: Version) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    written(&mut xml, version).expect("memory takes all");
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("the model is UTF-8")
}

fn written(xml: &mut Xml, version: Version) -> Written {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let edmx = [("Version", "4.0"), ("xmlns:edmx", "http://docs.oasis-open.org/odata/ns/edmx")];
    around(xml, "edmx:Edmx", &edmx, |xml| {
        around(xml, "edmx:Reference", &[("Uri", CORE_ADDRESS)], |xml| {
            element(xml, "edmx:Include", &[("Namespace", CORE), ("Alias", "Core")])
        })?;
        around(xml, "edmx:DataServices", &[], |xml| {
            let namespace = "http://docs.oasis-open.org/odata/ns/edm";
            let schema = [("Namespace", NAMESPACE), ("Alias", ALIAS), ("xmlns", namespace)];
            around(xml, "Schema", &schema, |xml| schema_of(xml, version))
        })
    })
}

fn schema_of(xml: &mut Xml, version: Version) -> Written {
    let types = Types::of_version(version);
    for of in &types.enums {
        enumeration(xml, of)?;
    }
    around(xml, "EntityType", &[("Name", ENTITY), ("Abstract", "true")], |xml| {
        around(xml, "Key", &[], |xml| element(xml, "PropertyRef", &[("Name", "id")]))?;
        element(xml, "Property", &[("Name", "id"), ("Type", "Edm.String"), ("Nullable", "false")])
    })?;
    let base = format!("{ALIAS}.{ENTITY}");
    for of in &types.entities {
        structured(xml, "EntityType", &[("Name", of.name), ("BaseType", &base)], of)?;
    }
    for of in &types.complexes {
        structured(xml, "ComplexType", &[("Name", of.name)], of)?;
    }
    for callable in callables(version) {
        called(xml, &callable)?;
    }
    around(xml, "EntityContainer", &[("Name", CONTAINER)], |xml| {
        let of = format!("{NAMESPACE}.{DEVICE_MANAGEMENT}");
        element(xml, "Singleton", &[("Name", DEVICE_MANAGEMENT), ("Type", &of)])
    })
}

fn enumeration(xml: &mut Xml, of: &EnumType) -> Written {
    around(xml, "EnumType", &[("Name", of.name)], |xml| {
        of.members.iter().enumerate().try_for_each(|(value, name)| {
            element(xml, "Member", &[("Name", name), ("Value", &value.to_string())])
        })
    })
}

fn structured(xml: &mut Xml, kind: &str, attributes: Attributes<'_>, of: &StructuredType) -> Written {
    around(xml, kind, attributes, |xml| {
        // The key is the base type's.
        for property in of.properties.iter().filter(|property| property.name != "id") {
            self::property(xml, property)?;
        }
        of.navigation.iter().try_for_each(|navigation| self::navigation(xml, navigation))
    })
}

fn property(xml: &mut Xml, property: &Property) -> Written {
    let of = property.of.name(ALIAS);
    let mut attributes = vec![("Name", property.name), ("Type", &*of)];
    if !property.nullable {
        attributes.push(("Nullable", "false"));
    }
    around(xml, "Property", &attributes, |xml| described(xml, property.about))
}

fn navigation(xml: &mut Xml, navigation: &Navigation) -> Written {
    let one = format!("{ALIAS}.{}", navigation.to.name);
    let many = format!("Collection({one})");
    let mut attributes =
        vec![("Name", navigation.name), ("Type", if navigation.many { &*many } else { &*one })];
    if !navigation.many {
        attributes.push(("Nullable", "false"));
    }
    attributes.push(("ContainsTarget", "true"));
    around(xml, "NavigationProperty", &attributes, |xml| described(xml, navigation.about))
}

fn described(xml: &mut Xml, about: &str) -> Written {
    element(xml, "Annotation", &[("Term", "Core.Description"), ("String", about)])
}

fn called(xml: &mut Xml, callable: &Callable) -> Written {
    let element_name = match callable.kind {
        CallableKind::Action => "Action",
        CallableKind::FunctionOfTexts => "Function",
    };
    around(xml, element_name, &[("Name", callable.name), ("IsBound", "true")], |xml| {
        let one = format!("{ALIAS}.{}", callable.on.name);
        let on = if callable.many { format!("Collection({one})") } else { one };
        element(xml, "Parameter", &[("Name", "bindingParameter"), ("Type", &on)])?;
        for (name, of) in &callable.parameters {
            element(xml, "Parameter", &[("Name", name), ("Type", &of.name(ALIAS))])?;
        }
        match callable.kind {
            CallableKind::Action => Ok(()),
            CallableKind::FunctionOfTexts => {
                element(xml, "ReturnType", &[("Type", "Collection(Edm.String)"), ("Nullable", "false")])
            }
        }
    })
}

fn element(xml: &mut Xml, name: &str, attributes: Attributes<'_>) -> Written {
    xml.create_element(name).with_attributes(attributes.iter().copied()).write_empty()?;
    Ok(())
}

fn around(
    xml: &mut Xml,
    name: &str,
    attributes: Attributes<'_>,
    inside: impl FnOnce(&mut Xml) -> Written,
) -> Written {
    xml.create_element(name).with_attributes(attributes.iter().copied()).write_inner_content(inside)?;
    Ok(())
}
