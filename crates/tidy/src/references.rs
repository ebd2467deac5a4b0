//! Which module names which.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Item, UseTree, Visibility};

use crate::{Crate, Module};

/// Where an item of a module comes from: the module and the name it has there.
type Exports = BTreeMap<String, Vec<String>>;

/// Which modules each module of a crate names, by their paths.
pub type References = BTreeMap<Vec<String>, BTreeSet<Vec<String>>>;

/// Which modules each module of a crate names, itself left out. What a module only passes on (`pub
/// use`) it does not name, and whoever takes it from there names the module that has it.
#[must_use]
pub fn references(of: &Crate) -> References {
    let exports: BTreeMap<_, _> =
        of.modules.iter().map(|(path, module)| (path, exports(path, module))).collect();
    let mut all = BTreeMap::new();
    for (path, module) in &of.modules {
        let mut found = Found { at: path, paths: Vec::new() };
        for item in &module.items {
            let is_passed_on = matches!(item, Item::Use(item) if !matches!(item.vis, Visibility::Inherited));
            if !is_passed_on {
                found.visit_item(item);
            }
        }
        let targets = found.paths.into_iter().map(|named| resolve(of, &exports, &named, 0));
        all.insert(path.clone(), targets.flatten().filter(|target| target != path).collect());
    }
    all
}

/// Groups of modules that name each other in a circle, each in order.
#[must_use]
pub fn circles(references: &References) -> Vec<BTreeSet<Vec<String>>> {
    let reached: BTreeMap<_, _> = references.keys().map(|from| (from, reachable(references, from))).collect();
    let mut circles = BTreeSet::new();
    for (from, to) in &reached {
        let circle: BTreeSet<_> = to
            .iter()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(*from)))
            .cloned()
            .collect();
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// Which rooms each room of a crate names. A room is what is in one module of the root, with all
/// below it; the root itself is `crate`.
#[must_use]
pub fn rooms(references: &References) -> BTreeMap<String, BTreeSet<String>> {
    let room = |path: &[String]| path.first().cloned().unwrap_or_else(|| "crate".into());
    let mut rooms = BTreeMap::<String, BTreeSet<String>>::new();
    for (from, all) in references {
        let named = all.iter().map(|to| room(to)).filter(|to| *to != room(from));
        rooms.entry(room(from)).or_default().extend(named);
    }
    rooms
}

fn reachable(references: &References, from: &[String]) -> BTreeSet<Vec<String>> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_vec()]);
    while let Some(at) = next.pop() {
        for to in references.get(&at).into_iter().flatten() {
            if seen.insert(to.clone()) {
                next.push(to.clone());
            }
        }
    }
    seen
}

/// The module that has what is named, if it is one of this crate.
fn resolve(
    of: &Crate,
    exports: &BTreeMap<&Vec<String>, Exports>,
    named: &[String],
    depth: u8,
) -> Option<Vec<String>> {
    let longest = (0..=named.len()).rev().find(|length| of.modules.contains_key(&named[..*length]))?;
    let (module, rest) = named.split_at(longest);
    let passed_on = rest.first().and_then(|name| exports.get(&module.to_vec())?.get(name));
    match passed_on {
        Some(from) if depth < 8 => resolve(of, exports, &[from.as_slice(), &rest[1..]].concat(), depth + 1),
        Some(_) | None => Some(module.to_vec()),
    }
}

/// What a module passes on, by the name it has here.
fn exports(path: &[String], module: &Module) -> Exports {
    let mut found = Exports::new();
    for item in &module.items {
        if let Item::Use(item) = item
            && !matches!(item.vis, Visibility::Inherited)
        {
            for (name, from) in leaves(&item.tree) {
                if let Some(from) = absolute(path, &from) {
                    found.insert(name, from);
                }
            }
        }
    }
    found
}

/// Each name that a `use` brings, and its path.
fn leaves(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    match tree {
        UseTree::Path(path) => {
            let first = path.ident.to_string();
            leaves(&path.tree)
                .into_iter()
                .map(|(name, rest)| (name, [vec![first.clone()], rest].concat()))
                .collect()
        }
        UseTree::Name(name) if name.ident == "self" => vec![(String::new(), Vec::new())],
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(rename) => vec![(rename.rename.to_string(), vec![rename.ident.to_string()])],
        UseTree::Glob(_) => vec![("*".into(), Vec::new())],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

/// From the root of the crate, if the path begins there, here, or above.
fn absolute(at: &[String], path: &[String]) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([at, rest].concat()),
        "super" => {
            let (_, above) = at.split_last()?;
            if rest.first().is_some_and(|next| next == "super") {
                absolute(above, rest)
            } else {
                Some([above, rest].concat())
            }
        }
        // A child, a name that a `use` brought, or a crate: what is no module of ours comes to
        // nothing.
        _ => Some([at, path].concat()),
    }
}

struct Found<'a> {
    at: &'a [String],
    paths: Vec<Vec<String>>,
}

impl Found<'_> {
    fn add(&mut self, path: &[String]) {
        self.paths.extend(absolute(self.at, path));
    }
}

impl Visit<'_> for Found<'_> {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        for (_, path) in leaves(&item.tree) {
            self.add(&path);
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        if path.segments.len() > 1 {
            let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.add(&segments);
        }
        visit::visit_path(self, path);
    }

    /// Who may see something is not who is named.
    fn visit_visibility(&mut self, _: &Visibility) {}

    fn visit_item_mod(&mut self, _: &syn::ItemMod) {}
}
