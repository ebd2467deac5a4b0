//! Leases of a store that one process has for itself. What another node holds here is held by a process that is gone:
//! this one has the lock of the file. So a lease needs no end, and whoever asks gets all of them; the epochs still tell
//! what was begun by a process before from what this one does.

use gangway_engine::NodeId;
use rusqlite::{Connection, params};

use crate::rows::Senseless;
use crate::sqlite::fault::Fault;

/// How many parts there are.
pub(in crate::sqlite) const PARTS: usize = 256;

const HELD: &str = "SELECT count(*) FROM leases WHERE node = ?1";
const TAKE: &str = "WITH RECURSIVE parts (part) AS (VALUES (0) UNION ALL SELECT part + 1 FROM parts WHERE part < 255) \
    INSERT INTO leases (part, node, epoch) SELECT part, ?1, 1 FROM parts WHERE true \
    ON CONFLICT (part) DO UPDATE SET node = excluded.node, epoch = epoch + 1 WHERE node <> excluded.node";

/// How many parts this node holds.
pub(in crate::sqlite) fn held(connection: &Connection, node: NodeId) -> Result<usize, Fault> {
    let count: i64 =
        connection.prepare_cached(HELD)?.query_row(params![node.0.as_bytes()], |row| row.get(0))?;
    Ok(usize::try_from(count).map_err(|_| Senseless("count"))?)
}

/// Gives this node all parts.
pub(in crate::sqlite) fn take(connection: &Connection, node: NodeId) -> rusqlite::Result<usize> {
    connection.prepare_cached(TAKE)?.execute(params![node.0.as_bytes()])?;
    Ok(PARTS)
}
