//! A copy of the database in one file, taken beside a running server or without one; and the way back.
//!
//! The copy is of one moment: all of it is read from one snapshot, which holds up no commit. While it is read the write-ahead
//! log keeps what is committed, and grows by that.

mod error;
mod facts;
mod restore;
pub(super) mod restored;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::sqlite::file::{connection, lock, migrations};
use crate::sqlite::{OpenError, SqliteOptions};

use crate::audit::key::AuditKey;
pub use error::BackupError;
use error::io_error;
pub use facts::BackupFacts;
pub(super) use restore::finish_swap;
pub use restore::{Restore, RestoreTerms};

/// What is copied at once: 4 MiB, which is as often as somebody is told of it.
const PAGES_AT_ONCE: i32 = 1024;
/// How long to wait for a lock that somebody else holds, and how often.
const PAUSE: Duration = Duration::from_millis(100);
const MOST_PAUSES: u32 = 100;

/// How far it has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Bytes that are copied.
    pub done: u64,
    /// All there are.
    pub of: u64,
}

/// Copies the database to a new file, for its owner only, and verifies the copy: the file, every chain of audit events,
/// and with the audit's key that all of them are there. It is
/// under its name when all of it is there and on disk, and not before.
///
/// # Errors
/// [`BackupError`]; there is no file of this name then.
pub fn back_up(
    database: &Path,
    to: &Path,
    key: &AuditKey,
    progress: &mut dyn FnMut(Copied),
) -> Result<BackupFacts, BackupError> {
    if fs::exists(to).map_err(|error| OpenError::from_io(to, error))? {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let source = connection::reader(&SqliteOptions::at(database))?;
    migrations::check_is_current(&source, database)?;
    let part = Part::begin(to)?;
    copy(&source, database, &part.path, progress)?;
    let facts = facts::verified(&part.path, key)?;
    part.finish(to)?;
    Ok(facts)
}

/// A file that is being written, under a name of its own. An older one that was not finished is written over.
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    fn begin(to: &Path) -> Result<Self, BackupError> {
        let path = lock::beside(to, ".part");
        let io = |error| OpenError::from_io(&path, error);
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::BeingWritten(path)),
            Err(TryLockError::Error(error)) => return Err(io(error).into()),
        }
        file.set_len(0).map_err(io)?;
        Ok(Self { path, file })
    }

    /// Puts it under its name, durably.
    fn finish(self, to: &Path) -> Result<(), BackupError> {
        let io = |error| BackupError::from(OpenError::from_io(to, error));
        if fs::exists(to).map_err(io)? {
            return Err(BackupError::Exists(to.to_owned()));
        }
        self.file.sync_all().and_then(|()| fs::rename(&self.path, to)).map_err(io)?;
        lock::sync_directory_of(to).map_err(io)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It has its name by now, or is of no use.
        let _ = fs::remove_file(&self.path);
    }
}

fn copy(
    source: &Connection,
    from: &Path,
    to: &Path,
    progress: &mut dyn FnMut(Copied),
) -> Result<(), BackupError> {
    let read = |error| OpenError::from_sqlite(from, error);
    let write = |error| OpenError::from_sqlite(to, error);
    // One snapshot for all of it. Without, the copy would begin anew at every commit of the server, and might never end.
    let snapshot = source.unchecked_transaction().map_err(read)?;
    snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(read)?;
    let mut target = Connection::open(to).map_err(write)?;
    // Until it has its name nobody needs it to survive anything.
    target.pragma_update(None, "synchronous", "OFF").map_err(write)?;
    steps(&Backup::new(source, &mut target).map_err(write)?, page_size(source).map_err(read)?, progress)
        .map_err(write)?;
    // It said of itself that it has a write-ahead log, as what it is a copy of. Now it is one file, and can be read from
    // where nothing can be written.
    target.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(write)?;
    let mode = target.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0));
    mode.map_err(write)?;
    target.close().map_err(|(_, error)| write(error))?;
    Ok(())
}

fn steps(backup: &Backup<'_, '_>, page: u64, progress: &mut dyn FnMut(Copied)) -> rusqlite::Result<()> {
    let mut pauses = 0;
    loop {
        let step = backup.step(PAGES_AT_ONCE)?;
        let pages = backup.progress();
        let bytes = |pages: i32| u64::try_from(pages).unwrap_or(0) * page;
        progress(Copied { done: bytes(pages.pagecount - pages.remaining), of: bytes(pages.pagecount) });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::Busy | StepResult::Locked if pauses == MOST_PAUSES => {
                return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(BUSY), None));
            }
            StepResult::Busy | StepResult::Locked => {
                pauses += 1;
                std::thread::sleep(PAUSE);
            }
            StepResult::More | _ => {}
        }
    }
}

const BUSY: std::ffi::c_int = rusqlite::ffi::SQLITE_BUSY;

fn page_size(connection: &Connection) -> rusqlite::Result<u64> {
    let size: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(u64::try_from(size).unwrap_or(0))
}
