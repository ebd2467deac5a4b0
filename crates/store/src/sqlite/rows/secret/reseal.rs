//! All secrets, one place after the other, so that they can be sealed anew under another key.

use gangway_engine::{Sealed, SecretPlace, StoreError, StoredSecret};
use rusqlite::{Connection, params};

use super::Padded;
use crate::rows::SecretTable;
use crate::sqlite::fault::{self, Fault};
use crate::sqlite::rows::keys;

macro_rules! select {
    ($table:literal, $id:literal, $field:literal) => {
        concat!(
            "SELECT tenant, o.",
            $id,
            ", partner, generation, ",
            $field,
            ", sealed FROM ",
            $table,
            // The table of secrets has no order of its own worth following.
            " AS o CROSS JOIN secrets ON secrets.id = o.secret WHERE (part, tenant, o.",
            $id,
            ") > (?1, ?2, ?3) ORDER BY part, tenant, o.",
            $id,
            " LIMIT ?4"
        )
    };
}
macro_rules! replace {
    ($table:literal, $id:literal) => {
        concat!(
            "UPDATE secrets SET sealed = ?4 WHERE sealed = ?5 AND id = (SELECT secret FROM ",
            $table,
            " WHERE part = ?1 AND tenant = ?2 AND ",
            $id,
            " = ?3)"
        )
    };
}

const fn select(table: SecretTable) -> &'static str {
    match table {
        SecretTable::Attempts => select!("attempts", "id", "phase"),
        SecretTable::Credentials => select!("credentials", "partner", "'credential'"),
        SecretTable::Releases => select!("releases", "id", "secret_field"),
    }
}

const fn replace(table: SecretTable) -> &'static str {
    match table {
        SecretTable::Attempts => replace!("attempts", "id"),
        SecretTable::Credentials => replace!("credentials", "partner"),
        SecretTable::Releases => replace!("releases", "id"),
    }
}

/// The secrets after this place.
pub(in crate::sqlite) fn after(
    connection: &Connection,
    place: Option<SecretPlace>,
    at_most: usize,
) -> Result<Vec<StoredSecret>, Fault> {
    let mut found = Vec::new();
    for (table, key) in SecretTable::behind(place) {
        let (part, tenant, id) = keys::after(key);
        let left = fault::limit(at_most.saturating_sub(found.len()));
        let mut statement = connection.prepare_cached(select(table))?;
        let mut rows = statement.query(params![part, tenant, id, left])?;
        while let Some(row) = rows.next()? {
            found.push(table.secret(row)?);
        }
    }
    Ok(found)
}

/// A secret that is to be put in the place of another.
#[derive(Debug)]
pub(in crate::sqlite) struct Reseal {
    place: SecretPlace,
    old: Padded,
    new: Padded,
}

impl Reseal {
    pub(in crate::sqlite) fn new(old: &StoredSecret, new: &Sealed) -> Result<Self, StoreError> {
        Ok(Self { place: old.place, old: Padded::new(&old.sealed)?, new: Padded::new(new)? })
    }

    /// Whether the old one was still there.
    pub(in crate::sqlite) fn apply(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let (table, tenant, id) = SecretTable::row_at(self.place);
        let (part, tenant, id) = keys::key(&tenant, &id);
        let row = params![part, tenant, id, self.new.bytes(), self.old.bytes()];
        Ok(connection.prepare_cached(replace(table))?.execute(row)? == 1)
    }
}
