//! What is where in a data directory.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The database in a data directory.
pub(crate) fn database(data: &Path) -> PathBuf {
    data.join("gangway.db")
}

/// Makes it, for its owner only, if it is not there.
///
/// # Errors
/// One line that names it.
pub(crate) fn make_private_directory(path: &Path) -> Result<(), String> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| format!("data {}: {error}", path.display()))
}
