use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::audit::key::unproven_audit;
use crate::copy::{half_a_copy, moved};
use crate::sqlite::fault::Fault;

/// Why a database could not be opened. Each message names the file and what can be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Its directory does not exist.
    #[error("'{0}': its directory does not exist; create it, owned by the user Gangway runs as")]
    NoDirectory(PathBuf),
    /// This user may not read and write it.
    #[error("'{0}': permission denied; the file and its directory must belong to the user Gangway runs as")]
    PermissionDenied(PathBuf),
    /// Another Gangway has it open.
    #[error("'{0}': in use by another Gangway; stop that one, or give this one a data directory of its own")]
    InUse(PathBuf),
    /// Another program has locked it.
    #[error("'{0}': locked by another program; close whatever has it open")]
    Locked(PathBuf),
    /// It is a file of another kind.
    #[error("'{0}': not an SQLite database; name another file, or move this one away")]
    NotADatabase(PathBuf),
    /// It is broken.
    #[error("'{path}': damaged ({why}); restore it from a backup")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        why: String,
    },
    /// It is somebody else's database.
    #[error("'{0}': a database of another application; name another file")]
    OtherApplication(PathBuf),
    /// A newer Gangway wrote it.
    #[error(
        "'{path}': has schema {found}, and this Gangway knows none newer than {known}; use a newer Gangway"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The schema it has.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// An older Gangway wrote it, and whoever opens it may only read.
    #[error(
        "'{path}': has schema {found}, and this Gangway reads {current}; start this Gangway's server once"
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// The schema it has.
        found: i64,
        /// The schema of this program.
        current: i64,
    },
    /// Everything in it has moved to another database.
    #[error("'{path}': {}", moved(to))]
    Moved {
        /// The database.
        path: PathBuf,
        /// Where it went.
        to: String,
    },
    /// It is being filled from another database.
    #[error("'{path}': {}", half_a_copy(from))]
    HalfACopy {
        /// The database.
        path: PathBuf,
        /// What it gets.
        from: String,
    },
    /// Its audit is not proven by the key it is opened with.
    #[error("'{path}': {}", unproven_audit(key))]
    UnprovenAudit {
        /// The database.
        path: PathBuf,
        /// The id of the key.
        key: String,
    },
    /// A step of bringing the schema up to date failed; that step is undone.
    #[error("'{path}': schema {number} could not be set up: {source}")]
    Migration {
        /// The database.
        path: PathBuf,
        /// Which step.
        number: i64,
        /// What `SQLite` says.
        source: rusqlite::Error,
    },
    /// It cannot keep a write-ahead log, for example because it is on a network file system.
    #[error("'{0}': the file system cannot hold a write-ahead log; use a local disk")]
    NoWriteAheadLog(PathBuf),
    /// The system refused something else.
    #[error("'{path}': {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// `SQLite` refused something else.
    #[error("'{path}': {source}")]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        source: rusqlite::Error,
    },
}

impl OpenError {
    pub(crate) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::NotFound {
            Self::NoDirectory(path)
        } else if source.kind() == io::ErrorKind::PermissionDenied {
            Self::PermissionDenied(path)
        } else {
            Self::Io { path, source }
        }
    }

    pub(in crate::sqlite) fn from_fault(path: &Path, fault: Fault) -> Self {
        match fault {
            Fault::Sql(error) => Self::from_sqlite(path, error),
            Fault::Senseless(_) | Fault::Query(_) => {
                Self::Damaged { path: path.to_owned(), why: fault.to_string() }
            }
        }
    }

    pub(crate) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let is = |codes: &[ErrorCode]| source.sqlite_error_code().is_some_and(|code| codes.contains(&code));
        if is(&[ErrorCode::NotADatabase]) {
            Self::NotADatabase(path)
        } else if is(&[ErrorCode::DatabaseCorrupt]) {
            Self::Damaged { path, why: source.to_string() }
        } else if is(&[ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked]) {
            Self::Locked(path)
        } else if is(&[ErrorCode::PermissionDenied, ErrorCode::ReadOnly, ErrorCode::CannotOpen]) {
            Self::PermissionDenied(path)
        } else {
            Self::Sqlite { path, source }
        }
    }
}
