//! All secrets, one place after the other, so that they can be sealed anew under another key.

use gangway_domain::{AttemptId, PartnerId, ReleaseId, TenantId};
use gangway_engine::{AttemptPhase, Binding, Field, Sealed, SecretPlace, StoreError, StoredSecret};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::fault::{self, Fault};
use super::secret_rows::{self, Padded};
use super::{columns, keys, release_rows};
use crate::spelling;

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

/// A table whose rows have secrets. The order of these is the order of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Table {
    Attempts,
    Credentials,
    Releases,
}

impl Table {
    const ALL: [Self; 3] = [Self::Attempts, Self::Credentials, Self::Releases];

    const fn select(self) -> &'static str {
        match self {
            Self::Attempts => select!("attempts", "id", "phase"),
            Self::Credentials => select!("credentials", "partner", "'credential'"),
            Self::Releases => select!("releases", "id", "secret_field"),
        }
    }

    const fn replace(self) -> &'static str {
        match self {
            Self::Attempts => replace!("attempts", "id"),
            Self::Credentials => replace!("credentials", "partner"),
            Self::Releases => replace!("releases", "id"),
        }
    }

    const fn place(self, tenant: TenantId, id: Uuid) -> SecretPlace {
        match self {
            Self::Attempts => SecretPlace::Attempt(tenant, AttemptId(id)),
            Self::Credentials => SecretPlace::Credential(tenant, PartnerId(id)),
            Self::Releases => SecretPlace::Release(tenant, ReleaseId(id)),
        }
    }

    fn field(self, row: &Row<'_>, column: usize) -> Result<Field, Fault> {
        if self != Self::Attempts {
            return release_rows::field(row, column);
        }
        match spelling::phase(columns::text(row, column, "phase")?) {
            Some(AttemptPhase::Open) => Ok(Field::Attempt),
            Some(AttemptPhase::Redeeming) => Ok(Field::Code),
            Some(AttemptPhase::Closed) | None => Err(Fault::Senseless("attempt")),
        }
    }
}

const fn parts_of(place: SecretPlace) -> (Table, TenantId, Uuid) {
    match place {
        SecretPlace::Attempt(tenant, id) => (Table::Attempts, tenant, id.0),
        SecretPlace::Credential(tenant, id) => (Table::Credentials, tenant, id.0),
        SecretPlace::Release(tenant, id) => (Table::Releases, tenant, id.0),
    }
}

/// The secrets after this place.
pub(super) fn after(
    connection: &Connection,
    place: Option<SecretPlace>,
    at_most: usize,
) -> Result<Vec<StoredSecret>, Fault> {
    let mut found = Vec::new();
    let begun = place.map(parts_of);
    for table in Table::ALL {
        let key = match begun {
            Some((first, _, _)) if table < first => continue,
            Some((first, tenant, id)) if table == first => Some((tenant, id)),
            _ => None,
        };
        let (part, tenant, id) = keys::after(key);
        let left = fault::limit(at_most.saturating_sub(found.len()));
        let mut statement = connection.prepare_cached(table.select())?;
        let mut rows = statement.query(params![part, tenant, id, left])?;
        while let Some(row) = rows.next()? {
            found.push(from_row(row, table)?);
        }
    }
    Ok(found)
}

fn from_row(row: &Row<'_>, table: Table) -> Result<StoredSecret, Fault> {
    let tenant = TenantId(columns::id(row, 0)?);
    let binding = Binding {
        tenant,
        partner: columns::partner(row, 2)?,
        generation: columns::generation(row, 3)?,
        field: table.field(row, 4)?,
    };
    let sealed = secret_rows::sealed(row.get_ref(5)?)?.ok_or(Fault::Senseless("secret"))?;
    Ok(StoredSecret { place: table.place(tenant, columns::id(row, 1)?), binding, sealed })
}

/// A secret that is to be put in the place of another.
#[derive(Debug)]
pub(super) struct Reseal {
    place: SecretPlace,
    old: Padded,
    new: Padded,
}

impl Reseal {
    pub(super) fn new(old: &StoredSecret, new: &Sealed) -> Result<Self, StoreError> {
        Ok(Self { place: old.place, old: Padded::new(&old.sealed)?, new: Padded::new(new)? })
    }

    /// Whether the old one was still there.
    pub(super) fn apply(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let (table, tenant, id) = parts_of(self.place);
        let (part, tenant, id) = keys::key(&tenant, &id);
        let row = params![part, tenant, id, self.new.bytes(), self.old.bytes()];
        Ok(connection.prepare_cached(table.replace())?.execute(row)? == 1)
    }
}
