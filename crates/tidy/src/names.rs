//! What types are called.

use std::collections::BTreeMap;

use syn::Item;

use crate::Crate;

/// The names that more than one type of a crate has, with the modules of these.
#[must_use]
pub fn shared_names(of: &Crate) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut names = BTreeMap::<String, Vec<Vec<String>>>::new();
    for (path, module) in &of.modules {
        for name in module.items.iter().filter_map(name) {
            names.entry(name).or_default().push(path.clone());
        }
    }
    names.retain(|_, modules| modules.len() > 1);
    names
}

/// What a type is called, if this is one.
#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else there is, it is no type")]
fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Struct(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
