//! What the exchange of rows with other stores needs of this one.

use std::fs::File;
use std::path::Path;

use gangway_domain::Timestamp;
use gangway_engine::Sealed;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _};

use crate::audit::Rosters;
use crate::copy::Moving;
use crate::sqlite::audit::chain_ends;
use crate::sqlite::backup::{self, restored};
use crate::sqlite::file::{connection, lock, migrations};
use crate::sqlite::rows::secret;
use crate::sqlite::{OpenError, SqliteOptions};

/// A connection that reads beside a server.
pub(crate) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let connection = connection::reader(&SqliteOptions::at(path))?;
    migrations::check_is_current(&connection, path)?;
    Ok(connection)
}

/// A connection that writes, and the lock that keeps servers out. The database is made if it is not there. It has no
/// checkpointer beside it, so it moves pages from the log to the database itself, or the log would grow as long as all it writes.
pub(crate) fn writer(path: &Path) -> Result<(Connection, File), OpenError> {
    let lock = lock::lock(path)?;
    backup::finish_swap(path)?;
    lock::create(path)?;
    let options = SqliteOptions::at(path);
    let connection = connection::writer(&options)?;
    connection
        .pragma(None, "wal_autocheckpoint", options.checkpoint_pages, |_| Ok(()))
        .map_err(|error| OpenError::from_sqlite(path, error))?;
    Ok((connection, lock))
}

/// Puts a secret in the place of an old one, or in a new one, and says which; without one, the old one is destroyed. `None` if it
/// is longer than any is.
pub(crate) fn set_secret(
    connection: &Connection,
    old: Option<i64>,
    sealed: Option<Sealed>,
) -> Option<rusqlite::Result<Option<i64>>> {
    let padded = sealed.map(|sealed| secret::Padded::new(&sealed)).transpose().ok()?;
    Some(match (old, padded) {
        (None, None) => Ok(None),
        (Some(old), None) => secret::destroy(connection, old).map(|()| None),
        (Some(old), Some(new)) => secret::replace(connection, old, &new).map(|()| Some(old)),
        (None, Some(new)) => secret::insert(connection, &new).map(Some),
    })
}

/// The secret in a column; `None` if it is none.
pub(crate) fn unpadded(value: ValueRef<'_>) -> Option<Sealed> {
    secret::sealed(value).ok().flatten()
}

/// How many chains there are in each part, as it says.
pub(crate) fn rosters(connection: &Connection, path: &Path) -> Result<Rosters, OpenError> {
    chain_ends::rosters(connection, &(0..=u8::MAX)).map_err(|fault| OpenError::from_fault(path, fault))
}

/// Whether it is on its way from or to another database.
pub(crate) fn moving(connection: &Connection) -> rusqlite::Result<Option<Moving>> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let found = connection.query_row("SELECT direction, place FROM moving", [], read).optional()?;
    Ok(found.map(|(direction, place)| Moving::of(&direction, place)))
}

/// An older copy takes its place now.
pub(crate) fn restored(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    restored::restored(connection, now)
}

/// One did then.
pub(crate) fn restored_then(connection: &Connection, at: i64) -> rusqlite::Result<()> {
    restored::same(connection, at)
}

/// Refuses to serve from it while it is.
pub(super) fn refuse_moving(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let path_buf = path.to_owned();
    match moving(connection).map_err(|error| OpenError::from_sqlite(path, error))? {
        None => Ok(()),
        Some(Moving::To(to)) => Err(OpenError::Moved { path: path_buf, to }),
        Some(Moving::From(from)) => Err(OpenError::HalfACopy { path: path_buf, from }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_what_is_written_at_length_stays_short() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("gangway.db");
        let (connection, _lock) = writer(&path).unwrap();
        connection.execute_batch("CREATE TABLE much (bytes BLOB)").unwrap();
        for _ in 0..50 {
            let some = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100) \
                INSERT INTO much SELECT zeroblob(4000) FROM n";
            connection.execute(some, []).unwrap();
        }
        let of = |path: &Path| std::fs::metadata(path).unwrap().len();
        assert!(of(&path) > 10_000_000);
        assert!(of(&path.with_extension("db-wal")) < 10_000_000);
    }
}
