//! The files of a crate, each as the module it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item};

/// A crate of the workspace.
#[derive(Debug)]
pub struct Crate {
    /// What its folder is called.
    pub name: String,
    /// Its modules that have a file, by their paths; the root has an empty one.
    pub modules: BTreeMap<Vec<String>, Module>,
}

/// A module that has a file.
#[derive(Debug)]
pub struct Module {
    /// Its file, from `src` on.
    pub file: PathBuf,
    /// Its items, without those that are compiled in tests only.
    pub items: Vec<Item>,
}

/// Where the workspace is.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The crates that have a library in `crates`.
///
/// # Errors
/// Which file cannot be read or parsed, and why.
pub fn of_workspace() -> Result<Vec<Crate>, String> {
    let mut crates = Vec::new();
    let folder = root().join("crates");
    let mut entries: Vec<_> = fs::read_dir(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        let src = path.join("src");
        if src.join("lib.rs").is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut modules = BTreeMap::new();
            add(&src, Path::new("lib.rs"), Vec::new(), &mut modules)?;
            crates.push(Crate { name, modules });
        }
    }
    Ok(crates)
}

/// Adds the module in this file, and those that it declares.
fn add(
    src: &Path,
    file: &Path,
    path: Vec<String>,
    modules: &mut BTreeMap<Vec<String>, Module>,
) -> Result<(), String> {
    let at = src.join(file);
    let wrong = |why: String| format!("{}: {why}", at.display());
    let text = fs::read_to_string(&at).map_err(|error| wrong(error.to_string()))?;
    let parsed = syn::parse_file(&text).map_err(|error| wrong(error.to_string()))?;
    let items: Vec<_> = parsed.items.into_iter().filter(|item| !is_for_tests(attributes(item))).collect();
    for item in &items {
        if let Item::Mod(module) = item
            && module.content.is_none()
        {
            let name = module.ident.to_string();
            let folder = if path.is_empty() { PathBuf::new() } else { file.with_extension("") };
            let file = folder.join(format!("{name}.rs"));
            add(src, &file, [path.clone(), vec![name]].concat(), modules)?;
        }
    }
    modules.insert(path, Module { file: file.to_owned(), items });
    Ok(())
}

/// Whether these say that what they stand at is compiled in tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

/// What stands before an item, where it is one that can be left out.
#[expect(clippy::wildcard_enum_match_arm, reason = "what else there is does not matter here")]
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
