use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use gangway_domain::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::facts::{self, BackupFacts};
use super::{BackupError, Copied, io_error, restored};
use crate::audit::key::AuditKey;
use crate::sqlite::audit::adoption;
use crate::sqlite::file::{connection, lock, migrations};
use crate::sqlite::{OpenError, SqliteOptions};

/// What a backup becomes before it is the database; whoever finds it under this name may throw it away.
const BEING_MADE: &str = ".restore-part";
/// What it is called when it is whole: from then on it is the database, whatever is under that one's name.
const MADE: &str = ".restored";
/// What `SQLite` and Gangway keep beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// On what terms a backup becomes the database.
#[derive(Debug, Clone, Copy)]
pub struct RestoreTerms<'a> {
    /// Whether it may take the place of a database that is there.
    pub replace: bool,
    /// Its SHA-256; any other is refused.
    pub sha256: Option<&'a str>,
    /// The time: from then on it knows that it is older than what it has replaced.
    pub now: Timestamp,
    /// What proves its audit. One from before audits were proven is proven by it from now on, as it is found.
    pub key: &'a AuditKey,
}

/// A backup on its way to be the database of a data directory, which is locked until this is dropped. Until [`Restore::finish`]
/// the database there is as it was.
#[derive(Debug)]
pub struct Restore {
    database: PathBuf,
    made: Made,
    facts: BackupFacts,
    _lock: File,
}

impl Restore {
    /// Copies a backup beside the database, verifies it, brings its schema up to date, and has it say that it is restored.
    ///
    /// # Errors
    /// [`BackupError`]: among other things, if a server is running, or if there is a database and it is not to be replaced, or
    /// if the backup is not the one with this SHA-256.
    pub fn begin(
        from: &Path,
        database: &Path,
        terms: RestoreTerms<'_>,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<Self, BackupError> {
        let lock = lock::lock(database)?;
        finish_swap(database)?;
        if !terms.replace && fs::exists(database).map_err(io_error(database))? {
            return Err(BackupError::WouldReplace(database.to_owned()));
        }
        is_ours(from)?;
        let made = Made(lock::beside(database, BEING_MADE));
        clear(&made.0).map_err(io_error(&made.0))?;
        let facts = copied(from, &made.0, terms, progress)?;
        Ok(Self { database: database.to_owned(), facts, made, _lock: lock })
    }

    /// What is in the backup.
    #[must_use]
    pub const fn facts(&self) -> &BackupFacts {
        &self.facts
    }

    /// Where it lies for now: a store of its own, in which may be done what has to be done before anybody is served from it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.made.0
    }

    /// Puts it in the place of the database. Whatever happens meanwhile, there is the one or the other, whole.
    ///
    /// # Errors
    /// [`BackupError`]; the database is as it was then, or the next to open it finishes this.
    pub fn finish(self) -> Result<(), BackupError> {
        let made = &self.made.0;
        let io = io_error(made);
        if lock::has_log(made) {
            return Err(io(io::Error::other("is still in use")));
        }
        File::open(made).and_then(|file| file.sync_all()).map_err(&io)?;
        fs::rename(made, lock::beside(&self.database, MADE)).map_err(&io)?;
        lock::sync_directory_of(&self.database).map_err(&io)?;
        Ok(finish_swap(&self.database)?)
    }
}

/// Where the backup lies until it is the database.
#[derive(Debug)]
struct Made(PathBuf);

impl Drop for Made {
    fn drop(&mut self) {
        // It is the database by now, or is of no use. What cannot be removed is written over by the next.
        let _ = clear(&self.0);
    }
}

/// Finishes what an interrupted restore had begun. The old log goes before the new database comes: it would be taken for its
/// own. Whoever calls this has the lock.
pub(in crate::sqlite) fn finish_swap(database: &Path) -> Result<(), OpenError> {
    let made = lock::beside(database, MADE);
    let swap = || {
        if !fs::exists(&made)? {
            return Ok(());
        }
        for suffix in BESIDE {
            gone(&lock::beside(database, suffix))?;
        }
        fs::rename(&made, database)?;
        lock::sync_directory_of(database)
    };
    swap().map_err(|error| OpenError::from_io(database, error))
}

/// Refuses what is no backup of ours before it is copied.
fn is_ours(from: &Path) -> Result<(), BackupError> {
    let io = io_error(from);
    if !fs::metadata(from).map_err(&io)?.is_file() {
        return Err(io(io::Error::other("is not a file")));
    }
    if lock::has_log(from) {
        return Err(io(io::Error::other(
            "has a log beside it, so it is no backup; make one with `gangway backup`",
        )));
    }
    // Immutable: nothing is ever written beside it.
    let connection = immutable(from)?;
    Ok(migrations::check(&connection, from)?)
}

fn immutable(path: &Path) -> Result<Connection, OpenError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let escaped: String = path.display().to_string().chars().map(escaped).collect();
    let path = path.to_owned();
    Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)
        .map_err(|error| OpenError::from_sqlite(&path, error))
}

/// What means something in a URI is written as its number.
fn escaped(c: char) -> String {
    match c {
        '%' => "%25".into(),
        '?' => "%3f".into(),
        '#' => "%23".into(),
        other => other.into(),
    }
}

fn copied(
    from: &Path,
    to: &Path,
    terms: RestoreTerms<'_>,
    progress: &mut dyn FnMut(Copied),
) -> Result<BackupFacts, BackupError> {
    copy(from, to, progress).map_err(io_error(from))?;
    let (bytes, sha256) = facts::digest(to).map_err(io_error(to))?;
    if terms.sha256.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&sha256)) {
        return Err(BackupError::OtherDigest { path: from.to_owned(), found: sha256 });
    }
    let sql = |error| OpenError::from_sqlite(from, error);
    let connection = Connection::open(to).map_err(sql)?;
    facts::sound(&connection, from)?;
    let is_older = migrations::is_unauthenticated(&connection).map_err(sql)?;
    connection.close().map_err(|(_, error)| sql(error))?;
    // One of an older Gangway becomes one of this.
    let key = if is_older { terms.key.clone().adopting() } else { terms.key.clone() };
    let connection = adoption::of_file(connection::writer(&SqliteOptions::at(to))?, to, &key)?;
    restored::restored(&connection, terms.now).map_err(sql)?;
    connection.close().map_err(|(_, error)| sql(error))?;
    Ok(BackupFacts { bytes, sha256, ..facts::verified(to, &key)? })
}

fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(Copied)) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let of = source.metadata()?.len();
    let (mut done, mut buffer) = (0, vec![0; 1024 * 1024]);
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            return target.sync_all();
        }
        target.write_all(buffer.get(..read).unwrap_or_default())?;
        done += read as u64;
        progress(Copied { done, of });
    }
}

/// Removes a database and all that is kept beside it.
fn clear(database: &Path) -> io::Result<()> {
    for suffix in BESIDE {
        gone(&lock::beside(database, suffix))?;
    }
    gone(&lock::beside(database, ".lock"))?;
    gone(database)
}

fn gone(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
