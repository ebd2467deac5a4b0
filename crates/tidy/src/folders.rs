//! How many files a folder has.

use std::fs;
use std::path::{Path, PathBuf};

use crate::root;

/// Every folder below these, and how many Rust files lie in it. A path is one from the root of the
/// workspace.
///
/// # Errors
/// Which folder cannot be read, and why.
pub fn folders(below: &[&str]) -> Result<Vec<(PathBuf, usize)>, String> {
    let root = root();
    let mut found = Vec::new();
    for folder in below {
        add(&root, Path::new(folder), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn add(root: &Path, folder: &Path, found: &mut Vec<(PathBuf, usize)>) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = 0;
    for entry in fs::read_dir(root.join(folder)).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let path = folder.join(entry.file_name());
        if entry.file_type().map_err(wrong)?.is_dir() {
            if !["target", "node_modules"].iter().any(|left_out| entry.file_name() == *left_out) {
                add(root, &path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files += 1;
        }
    }
    if files > 0 {
        found.push((folder.to_owned(), files));
    }
    Ok(())
}
