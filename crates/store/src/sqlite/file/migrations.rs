//! Brings the schema up to date. Forty lines of our own rather than `rusqlite_migration`: its newest release
//! (2.6) is bound to rusqlite 0.40, and the parts that matter here (whose database is it, is it newer than this
//! program) would be ours anyway.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::sqlite::OpenError;
use crate::stored_format::steps::all_steps;

/// In every database of ours, where `file` and `SQLite`'s own tools find it: "GNGW".
const APPLICATION_ID: i64 = 0x474e_4757;

macro_rules! texts {
    ($($number:literal, $name:literal, works_with: $works_with:literal;)*) => {
        &[$(include_str!(concat!("../../../migrations/sqlite/", $name, ".sql"))),*]
    };
}

/// In order. The number of the last one done is the database's `user_version`.
const STEPS: &[&str] = all_steps!(texts);

/// The step since which the ends of chains are authenticated.
const AUTHENTICATED: i64 = 9;

/// Refuses a database that is not ours to touch. It changes nothing, so it goes first.
pub(in crate::sqlite) fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let sql = |error| OpenError::from_sqlite(path, error);
    let application = number(connection, "PRAGMA application_id").map_err(sql)?;
    let objects = number(connection, "SELECT count(*) FROM sqlite_schema").map_err(sql)?;
    let is_new = application == 0 && objects == 0;
    if application != APPLICATION_ID && !is_new {
        return Err(OpenError::OtherApplication(path.to_owned()));
    }
    let found = number(connection, "PRAGMA user_version").map_err(sql)?;
    let known = STEPS.len().try_into().unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// Refuses also what is older, for who only reads.
pub(in crate::sqlite) fn check_is_current(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    check(connection, path)?;
    let found = number(connection, "PRAGMA user_version").map_err(|e| OpenError::from_sqlite(path, e))?;
    let current = STEPS.len().try_into().unwrap_or(i64::MAX);
    if found < current { Err(OpenError::Older { path: path.to_owned(), found, current }) } else { Ok(()) }
}

/// Whether it is from before the ends of chains were authenticated.
pub(in crate::sqlite) fn is_unauthenticated(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(number(connection, "PRAGMA user_version")? < AUTHENTICATED)
}

/// The schema a database has, and the newest that this program knows.
pub(super) fn schema(connection: &Connection, path: &Path) -> Result<(i64, i64), OpenError> {
    check(connection, path)?;
    let found = number(connection, "PRAGMA user_version").map_err(|e| OpenError::from_sqlite(path, e))?;
    Ok((found, STEPS.len().try_into().unwrap_or(i64::MAX)))
}

/// Takes every step that was not taken yet, each whole or not at all.
pub(super) fn run(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let done = number(connection, "PRAGMA user_version").map_err(|e| OpenError::from_sqlite(path, e))?;
    for (number, step) in (1_i64..).zip(STEPS) {
        if number > done {
            take(connection, number, step).map_err(|source| OpenError::Migration {
                path: path.to_owned(),
                number,
                source,
            })?;
        }
    }
    Ok(())
}

fn take(connection: &mut Connection, number: i64, step: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", number)?;
    transaction.commit()
}

fn number(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
    connection.query_row(sql, [], |row| row.get(0))
}

/// How `SQLite` goes about a statement on a new database, a line for each table and for each sorting.
#[cfg(test)]
pub(in crate::sqlite) fn plan(sql: &str) -> Vec<String> {
    let mut connection = Connection::open_in_memory().unwrap();
    run(&mut connection, Path::new("")).unwrap();
    crate::sqlite::queries::dialect::add_functions(&connection).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines = statement.raw_query().mapped(|row| row.get("detail")).collect::<Result<Vec<String>, _>>();
    lines.unwrap()
}
