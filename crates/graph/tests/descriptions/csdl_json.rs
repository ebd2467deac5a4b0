//! The model as CSDL JSON.
//!
//! Source: OData CSDL JSON Representation Version 4.01.

use gangway_odata::model::{Navigation, Property, StructuredType, Type};
use serde_json::{Map, Value, json};

use crate::callables::{Callable, CallableKind, callables};
use crate::types::Types;
use crate::{ALIAS, CONTAINER, CORE, CORE_ADDRESS};
use gangway_graph::Version;
use gangway_graph::names::{DEVICE_MANAGEMENT, ENTITY, NAMESPACE};

/// The document.
pub(crate) fn document(version: Version) -> Value {
    json!({
        "$Version": "4.01",
        "$EntityContainer": format!("{NAMESPACE}.{CONTAINER}"),
        "$Reference": { CORE_ADDRESS: { "$Include": [{ "$Namespace": CORE, "$Alias": "Core" }] } },
        NAMESPACE: schema(version),
    })
}

fn schema(version: Version) -> Value {
    let types = Types::of_version(version);
    let mut schema = Map::new();
    schema.insert("$Alias".into(), ALIAS.into());
    for of in &types.enums {
        let mut members = Map::from_iter([("$Kind".into(), "EnumType".into())]);
        members.extend(of.members.iter().enumerate().map(|(value, name)| ((*name).into(), value.into())));
        schema.insert(of.name.into(), members.into());
    }
    let entity = json!({ "$Kind": "EntityType", "$Abstract": true, "$Key": ["id"], "id": {} });
    schema.insert(ENTITY.into(), entity);
    for of in &types.entities {
        let base = format!("{ALIAS}.{ENTITY}");
        let head = [("$Kind".into(), "EntityType".into()), ("$BaseType".into(), base.into())];
        schema.insert(of.name.into(), structured(Map::from_iter(head), of));
    }
    for of in &types.complexes {
        let head = [("$Kind".into(), "ComplexType".into())];
        schema.insert(of.name.into(), structured(Map::from_iter(head), of));
    }
    for callable in callables(version) {
        schema.insert(callable.name.into(), json!([called(&callable)]));
    }
    let singleton = json!({ "$Type": format!("{NAMESPACE}.{DEVICE_MANAGEMENT}") });
    schema.insert(CONTAINER.into(), json!({ "$Kind": "EntityContainer", DEVICE_MANAGEMENT: singleton }));
    schema.into()
}

fn structured(mut members: Map<String, Value>, of: &StructuredType) -> Value {
    // The key is the base type's.
    for property in of.properties.iter().filter(|property| property.name != "id") {
        members.insert(property.name.into(), self::property(property));
    }
    for navigation in of.navigation {
        members.insert(navigation.name.into(), self::navigation(navigation));
    }
    members.into()
}

fn property(property: &Property) -> Value {
    let mut members = typed(property.of);
    if property.nullable {
        members.insert("$Nullable".into(), true.into());
    }
    members.insert("@Core.Description".into(), property.about.into());
    members.into()
}

/// The type of a value; a text is what everything is that says nothing.
fn typed(of: Type) -> Map<String, Value> {
    let mut members = Map::new();
    if matches!(of, Type::Collection(_)) {
        members.insert("$Collection".into(), true.into());
    }
    if of.one() != Type::String {
        members.insert("$Type".into(), of.one().name(ALIAS).into());
    }
    members
}

fn navigation(navigation: &Navigation) -> Value {
    let mut members = json!({
        "$Kind": "NavigationProperty",
        "$Type": format!("{ALIAS}.{}", navigation.to.name),
        "$ContainsTarget": true,
        "@Core.Description": navigation.about,
    });
    if navigation.many {
        members["$Collection"] = true.into();
    }
    members
}

fn called(callable: &Callable) -> Value {
    let mut binding = json!({
        "$Name": "bindingParameter",
        "$Type": format!("{ALIAS}.{}", callable.on.name),
    });
    if callable.many {
        binding["$Collection"] = true.into();
    }
    let mut parameters = vec![binding];
    for (name, of) in &callable.parameters {
        let mut parameter = typed(*of);
        parameter.insert("$Name".into(), (*name).into());
        parameter.insert("$Nullable".into(), true.into());
        parameters.push(parameter.into());
    }
    let parts = json!({ "$IsBound": true, "$Parameter": parameters });
    let Value::Object(mut members) = parts else { unreachable!("it is an object") };
    match callable.kind {
        CallableKind::Action => members.insert("$Kind".into(), "Action".into()),
        CallableKind::FunctionOfTexts => {
            members.insert("$ReturnType".into(), json!({ "$Collection": true }));
            members.insert("$Kind".into(), "Function".into())
        }
    };
    members.into()
}
