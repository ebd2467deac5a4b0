//! What only the embedded store does: its file, its faults, its log, its end.

mod audit;
mod faults;
mod file;
mod leases;
mod lives;
mod log;
mod secrets;
mod slow;
mod snapshots;
mod traces;

use std::path::PathBuf;

use gangway_store::{SqliteOptions, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::samples::key;

/// A directory with a database in it, or with room for one.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("gangway.db")
    }

    fn options(&self) -> SqliteOptions {
        SqliteOptions::at(self.path())
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.options(), &key()).unwrap()
    }

    fn file_beside(&self, suffix: &str) -> PathBuf {
        self.directory.path().join(format!("gangway.db{suffix}"))
    }

    /// The database as another program sees it.
    fn outsider(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}
