use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::sqlite::OpenError;

/// Creates the database file if it is not there, for its owner only. `SQLite` gives the write-ahead log and the
/// shared-memory file beside it the same mode.
pub(in crate::sqlite) fn create(path: &Path) -> Result<(), OpenError> {
    opened_for_owner_only(path).map(drop).map_err(|error| OpenError::from_io(path, error))
}

/// Locks the database for this process until the answer is dropped. `SQLite` itself would let a second server
/// in, and the two would take each other's work.
pub(in crate::sqlite) fn lock(path: &Path) -> Result<File, OpenError> {
    let beside = beside(path, ".lock");
    let file = opened_for_owner_only(&beside).map_err(|error| OpenError::from_io(path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::from_io(&beside, error)),
    }
}

/// Whether a write-ahead log with something in it was left behind.
pub(in crate::sqlite) fn has_log(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// What is kept beside the database under this suffix.
pub(in crate::sqlite) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes what was renamed or removed in the directory of this file survive a power cut.
pub(in crate::sqlite) fn sync_directory_of(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn opened_for_owner_only(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
