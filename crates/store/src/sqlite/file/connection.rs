use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::migrations;
use crate::sqlite::queries::dialect;
use crate::sqlite::{OpenError, SqliteOptions};

/// How long a read waits for a lock. In WAL mode nothing but a checkpoint at its very end, recovery, or a
/// program that meddles can make a reader wait, and it waits on a thread of the runtime.
const READ_LOCK_TIMEOUT: Duration = Duration::from_millis(100);

/// More than there are, so that none is ever prepared twice.
const STATEMENTS: usize = 64;

const PAGE_BYTES: u32 = 4096;

/// The connection that writes; the schema is up to date when this returns.
pub(in crate::sqlite) fn writer(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let path = options.path.as_path();
    let sql = |error| OpenError::from_sqlite(path, error);
    let mut connection =
        opened(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options.lock_timeout, options.writer_cache_kib)
            .map_err(sql)?;
    migrations::check(&connection, path)?;
    log_ahead(&connection, path)?;
    migrations::run(&mut connection, path)?;
    // Deleted bytes are overwritten, on pages that become free too. After the migrations, because it would make them
    // write every page of a table they copy once more; one that ever drops a table of secrets must set it itself.
    set(&connection, "secure_delete", 1).map_err(sql)?;
    let log_bytes = i64::from(options.wal_limit_pages) * i64::from(PAGE_BYTES);
    set(&connection, "journal_size_limit", log_bytes).map_err(sql)?;
    if let Some(pages) = options.max_pages {
        set(&connection, "max_page_count", i64::from(pages)).map_err(sql)?;
    }
    Ok(connection)
}

/// The schema a database has, and the newest that this program knows.
///
/// # Errors
/// [`OpenError`] that names the file and says what to do.
pub fn schema_of_file(path: &Path) -> Result<(i64, i64), OpenError> {
    migrations::schema(&reader(&SqliteOptions::at(path))?, path)
}

/// The connection that moves pages from the write-ahead log to the database beside the writer.
pub(in crate::sqlite) fn checkpointer(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    opened(&options.path, flags, options.lock_timeout, options.reader_cache_kib)
        .map_err(|error| OpenError::from_sqlite(&options.path, error))
}

/// A connection that can only read.
pub(in crate::sqlite) fn reader(options: &SqliteOptions) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let sql = |error| OpenError::from_sqlite(&options.path, error);
    let connection =
        opened(&options.path, flags, READ_LOCK_TIMEOUT, options.reader_cache_kib).map_err(sql)?;
    set(&connection, "query_only", 1).map_err(sql)?;
    dialect::add_functions(&connection).map_err(sql)?;
    Ok(connection)
}

/// Each connection is only ever used by one thread at a time, so `SQLite` need not lock it again.
fn opened(path: &Path, mode: OpenFlags, wait: Duration, cache_kib: u32) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(wait)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    set(&connection, "foreign_keys", 1)?;
    set(&connection, "cache_size", -i64::from(cache_kib))?;
    // FULL syncs the log at every commit: what was answered survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints are the checkpointer's; inside a commit they would cost its caller tens of milliseconds.
    set(&connection, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

fn log_ahead(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(|error| OpenError::from_sqlite(path, error))?;
    if mode.eq_ignore_ascii_case("wal") { Ok(()) } else { Err(OpenError::NoWriteAheadLog(path.to_owned())) }
}

/// Some of these pragmas answer with a row and some do not; either is fine.
fn set(connection: &Connection, pragma: &str, value: i64) -> rusqlite::Result<()> {
    connection.pragma(None, pragma, value, |_| Ok(()))
}
