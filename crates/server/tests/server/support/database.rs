use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The database as it lies on the disk, read without asking the server.
pub(crate) struct Database(Connection);

/// What the database says of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) status: String,
    /// How many audit events say that it was disconnected.
    pub(crate) disconnects: i64,
}

impl Database {
    pub(crate) fn read(data: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Self(Connection::open_with_flags(data.join("gangway.db"), flags).unwrap())
    }

    pub(crate) fn status(&self, id: &str) -> String {
        let sql = "SELECT status FROM partners WHERE lower(hex(id)) = ?1";
        self.0.query_row(sql, [key(id)], |row| row.get(0)).unwrap()
    }

    /// What was done to a partner, in order.
    pub(crate) fn activities(&self, id: &str) -> Vec<String> {
        self.events(id, "activity")
    }

    /// A column of a partner's audit events, in order.
    pub(crate) fn events(&self, id: &str, column: &str) -> Vec<String> {
        let sql = format!("SELECT {column} FROM audit_events WHERE lower(hex(partner)) = ?1 ORDER BY at, id");
        let mut statement = self.0.prepare(&sql).unwrap();
        let rows = statement.query_map([key(id)], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// Every partner by its id, without hyphens: see [`key`].
    pub(crate) fn partners(&self) -> HashMap<String, Recorded> {
        let sql = "SELECT lower(hex(id)), status, coalesce(disconnects, 0) FROM partners LEFT JOIN (
                       SELECT partner, count(*) AS disconnects FROM audit_events
                       WHERE activity = 'disconnect' GROUP BY partner) ON partner = id";
        let mut statement = self.0.prepare(sql).unwrap();
        let rows = statement
            .query_map([], |row| {
                Ok((row.get(0)?, Recorded { status: row.get(1)?, disconnects: row.get(2)? }))
            })
            .unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// Every sealed secret there is.
    pub(crate) fn secrets(&self) -> Vec<Vec<u8>> {
        let mut statement = self.0.prepare("SELECT sealed FROM secrets ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// Whether `SQLite` finds nothing wrong with the file.
    pub(crate) fn is_sound(&self) -> bool {
        self.0.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap() == "ok"
    }
}

/// An id as the database writes it in hexadecimal.
pub(crate) fn key(id: &str) -> String {
    id.replace('-', "")
}

/// Lets the next try of every release be due, as time does. No server may be running.
pub(crate) fn make_releases_due(data: &Path) {
    let database = Connection::open(data.join("gangway.db")).unwrap();
    database.execute("UPDATE releases SET next_try = asked_at WHERE next_try IS NOT NULL", []).unwrap();
}

/// Lets the time of every attempt be over. No server may be running.
pub(crate) fn make_attempts_late(data: &Path) {
    let database = Connection::open(data.join("gangway.db")).unwrap();
    database.execute("UPDATE partners SET attempt_expires = 0 WHERE attempt IS NOT NULL", []).unwrap();
}
