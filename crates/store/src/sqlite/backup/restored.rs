//! When an older copy took the place of the database.

use gangway_domain::Timestamp;
use rusqlite::{Connection, params};

use crate::rows;
use crate::sqlite::fault::Fault;

const NEWEST: &str = "SELECT max(at) FROM restores";
/// Not before anything that is in it, whatever a clock says: all of it is from before.
const RESTORED: &str = "INSERT INTO restores (at) SELECT max(?1, \
    coalesce((SELECT max(obtained) FROM credentials), ?1), coalesce((SELECT max(asked_at) FROM releases), ?1)) \
    WHERE true ON CONFLICT DO NOTHING";
const SAME: &str = "INSERT INTO restores (at) VALUES (?1) ON CONFLICT DO NOTHING";

/// The last time.
pub(in crate::sqlite) fn newest(connection: &Connection) -> Result<Option<Timestamp>, Fault> {
    let mut statement = connection.prepare_cached(NEWEST)?;
    let mut rows = statement.query([])?;
    let newest = rows.next()?.map(|row| rows::time_or_null(row, 0, "time of a restore")).transpose()?;
    Ok(newest.flatten())
}

/// It does now.
pub(in crate::sqlite) fn restored(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection.execute(RESTORED, params![now.ticks()]).map(drop)
}

/// It did then.
pub(in crate::sqlite) fn same(connection: &Connection, at: i64) -> rusqlite::Result<()> {
    connection.execute(SAME, params![at]).map(drop)
}
