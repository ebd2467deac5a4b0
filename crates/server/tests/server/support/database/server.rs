use std::collections::HashMap;

use super::super::backend::psql;
use super::Recorded;

/// A database on the private PostgreSQL server, asked through `psql`.
pub(crate) struct Server {
    url: String,
}

impl Server {
    pub(super) fn at(url: String) -> Self {
        Self { url }
    }

    fn lines(&self, sql: &str) -> Vec<String> {
        psql(&self.url, sql).lines().map(str::to_owned).collect()
    }

    pub(super) fn status(&self, id: &str) -> String {
        self.lines(&format!("SELECT status FROM partners WHERE id = '{id}'")).remove(0)
    }

    pub(super) fn events(&self, id: &str, column: &str) -> Vec<String> {
        self.lines(&format!("SELECT {column} FROM audit_events WHERE partner = '{id}' ORDER BY at, id"))
    }

    pub(super) fn partners(&self) -> HashMap<String, Recorded> {
        let sql =
            "SELECT replace(id::text, '-', ''), status, coalesce(disconnects, 0) FROM partners LEFT JOIN (
                       SELECT partner, count(*) AS disconnects FROM audit_events
                       WHERE activity = 'disconnect' GROUP BY partner) AS cuts ON partner = id";
        let recorded = |line: String| {
            let columns: Vec<_> = line.split('|').collect();
            let [id, status, disconnects] = columns[..] else { panic!("{line}") };
            let disconnects = disconnects.parse().unwrap();
            (id.to_owned(), Recorded { status: status.to_owned(), disconnects })
        };
        self.lines(sql).into_iter().map(recorded).collect()
    }

    pub(super) fn secrets(&self) -> Vec<Vec<u8>> {
        let sealed =
            |table: &str| format!("SELECT encode(sealed, 'hex') FROM {table} WHERE sealed IS NOT NULL");
        let sql = ["attempts", "credentials", "releases"].map(sealed).join(" UNION ALL ");
        self.lines(&sql).iter().map(|line| bytes(line)).collect()
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> =
        hex.bytes().map(|digit| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}
