use std::io;
use std::path::{Path, PathBuf};

use crate::sqlite::OpenError;

/// Why there is no copy, or nothing was put back. The database is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database, or the copy, cannot be opened or read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is a file of this name.
    #[error("'{0}': exists already; name another file")]
    Exists(PathBuf),
    /// There is a database that would be replaced.
    #[error("'{0}': exists already; --replace puts the backup in its place, and nothing of it is left then")]
    WouldReplace(PathBuf),
    /// Somebody else is writing the same.
    #[error("'{0}': another backup is writing it")]
    BeingWritten(PathBuf),
    /// It is not what was written down.
    #[error("'{path}': its SHA-256 is {found}, not the one given; it is another file, or was altered")]
    OtherDigest {
        /// The backup.
        path: PathBuf,
        /// What it is.
        found: String,
    },
    /// `SQLite` finds it damaged.
    #[error("'{path}': damaged ({why}); use another backup")]
    Unsound {
        /// The copy.
        path: PathBuf,
        /// The first thing that is wrong.
        why: String,
    },
    /// Its audit events are not what was committed.
    #[error(
        "'{path}': the audit is not what was committed: {count} chains are broken, and {parts} parts do not have the tenants they \
         should; `gangway audit verify` says where"
    )]
    BrokenChains {
        /// The copy.
        path: PathBuf,
        /// How many.
        count: usize,
        /// How many parts have other tenants than they should.
        parts: usize,
    },
}

pub(super) fn io_error(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| OpenError::from_io(&path, error).into()
}
