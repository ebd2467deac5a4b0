use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{Place, Recorded, key};

/// The embedded store's file, as it lies on the disk.
pub(crate) struct File(Connection);

impl File {
    pub(super) fn read(data: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Self(Connection::open_with_flags(data.join("gangway.db"), flags).unwrap())
    }

    /// The one file has everything.
    pub(super) fn left_behind(place: &Place) -> Self {
        let wal = std::fs::metadata(place.data().join("gangway.db-wal"));
        assert!(wal.is_err() || wal.is_ok_and(|wal| wal.len() == 0), "the log still has something in it");
        let copy = place.path("copy");
        std::fs::create_dir(&copy).unwrap();
        std::fs::copy(place.data().join("gangway.db"), copy.join("gangway.db")).unwrap();
        Self::read(&copy)
    }

    pub(super) fn meddle(data: &Path, sql: &str) {
        Connection::open(data.join("gangway.db")).unwrap().execute_batch(sql).unwrap();
    }

    pub(super) fn status(&self, id: &str) -> String {
        let sql = "SELECT status FROM partners WHERE lower(hex(id)) = ?1";
        self.0.query_row(sql, [key(id)], |row| row.get(0)).unwrap()
    }

    pub(super) fn events(&self, id: &str, column: &str) -> Vec<String> {
        let sql = format!("SELECT {column} FROM audit_events WHERE lower(hex(partner)) = ?1 ORDER BY at, id");
        let mut statement = self.0.prepare(&sql).unwrap();
        let rows = statement.query_map([key(id)], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    pub(super) fn partners(&self) -> HashMap<String, Recorded> {
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

    pub(super) fn secrets(&self) -> Vec<Vec<u8>> {
        let mut statement = self.0.prepare("SELECT sealed FROM secrets ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// Whether `SQLite` finds nothing wrong with the file.
    pub(super) fn is_sound(&self) -> bool {
        self.0.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap() == "ok"
    }
}
