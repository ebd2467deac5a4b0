//! The library that is put before what a process calls, to turn its clock and slow its disk:
//! `shim.c`, compiled here.

use std::path::{Path, PathBuf};

use crate::Fallible;
use crate::tools::shell;

const SOURCE: &str = include_str!("shim.c");

/// Compiles it into this directory.
pub(crate) fn compile(place: &Path) -> Fallible<PathBuf> {
    let (source, library) = (place.join("shim.c"), place.join("shim.so"));
    std::fs::write(&source, SOURCE)?;
    shell::find("cc", "build-essential")?;
    let arguments = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"].map(std::ffi::OsString::from);
    let paths = [library.clone(), source].map(PathBuf::into_os_string);
    shell::run("cc", &[&arguments[..], &paths[..], &["-ldl".into()]].concat())?;
    Ok(library)
}
