use std::sync::LazyLock;

use gangway_domain::{Partner, PartnerId, TenantId, Timestamp};
use gangway_engine::{PartnerChange, StoreError};
use rusqlite::{Connection, Row, params};

use super::keys;
use crate::changeset::signed;
use crate::rows::table::Table;
use crate::rows::{self, PartnerColumn, columns, partner_value};
use crate::sqlite::fault::{self, Fault};

const TABLE: Table = PartnerColumn::TABLE;

macro_rules! select {
    ($which:literal) => {
        concat!("SELECT ", columns::partner!(), " FROM partners ", $which)
    };
}

const ONE: &str = select!("WHERE part = ?1 AND tenant = ?2 AND id = ?3");
const EXPIRED: &str =
    select!("WHERE attempt_expires <= ?1 ORDER BY attempt_expires, part, tenant, id LIMIT ?2");
const CONNECTED: &str = select!(
    "WHERE (part, tenant, id) > (?1, ?2, ?3) AND status <> 'notOnboarded' ORDER BY part, tenant, id LIMIT ?4"
);

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let (columns, values) = (TABLE.all_names(), TABLE.parameters());
    let generation = PartnerColumn::Generation.index() + 1;
    format!(
        "INSERT INTO partners ({columns}) SELECT {values} WHERE NOT EXISTS (SELECT 1 FROM departed_partners \
         WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND generation >= ?{generation}) ON CONFLICT DO NOTHING"
    )
});
const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM partners WHERE part = ?1 AND tenant = ?2 AND id = ?3)";
// SQLite writes the index of every column that is set, be it to what it was: so the name is set apart, if it is another.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let (set, read) = (TABLE.set_all_but(&["display_name"]), TABLE.columns.len() + 1);
    format!("UPDATE partners SET {set} WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND version = ?{read}")
});
const RENAME: &str = "UPDATE partners SET display_name = ?4 \
    WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND display_name <> ?4";
const DEPART: &str = "INSERT INTO departed_partners (part, tenant, id, generation) \
    SELECT part, tenant, id, generation FROM partners WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND version = ?4 \
    ON CONFLICT (part, tenant, id) DO UPDATE SET generation = max(generation, excluded.generation)";
const DELETE: &str = "DELETE FROM partners WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND version = ?4";

pub(in crate::sqlite) fn one(
    connection: &Connection,
    tenant: TenantId,
    id: PartnerId,
) -> Result<Option<Partner>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(params![tenant.part().0, tenant.0.as_bytes(), id.0.as_bytes()])?;
    Ok(rows.next()?.map(rows::partner).transpose()?)
}

pub(in crate::sqlite) fn expired(
    connection: &Connection,
    now: Timestamp,
    at_most: usize,
) -> Result<Vec<Partner>, Fault> {
    let mut statement = connection.prepare_cached(EXPIRED)?;
    statement.query_and_then(params![now.ticks(), fault::limit(at_most)], read)?.collect()
}

fn read(row: &Row<'_>) -> Result<Partner, Fault> {
    Ok(rows::partner(row)?)
}

/// Those that are being onboarded or are onboarded, in the order of the key, after this one.
pub(in crate::sqlite) fn connected(
    connection: &Connection,
    after: Option<(TenantId, PartnerId)>,
    at_most: usize,
) -> Result<Vec<Partner>, Fault> {
    let mut statement = connection.prepare_cached(CONNECTED)?;
    let (part, tenant, id) = keys::after(after.map(|(tenant, id)| (tenant, id.0)));
    statement.query_and_then(params![part, tenant, id, fault::limit(at_most)], read)?.collect()
}

/// A change of a partner, checked as far as it can be without the database.
#[derive(Debug)]
pub(in crate::sqlite) struct PartnerWrite {
    pub(super) tenant: TenantId,
    pub(super) id: PartnerId,
    what: PartnerWriteKind,
}

#[derive(Debug)]
enum PartnerWriteKind {
    Insert(Box<Partner>),
    Update { partner: Box<Partner>, read: i64 },
    Delete { read: i64 },
    Keep,
}

impl PartnerWrite {
    pub(in crate::sqlite) fn new(change: PartnerChange) -> Result<Self, StoreError> {
        Ok(match change {
            PartnerChange::Insert(partner) => Self {
                tenant: partner.tenant,
                id: partner.id,
                what: PartnerWriteKind::Insert(Box::new(partner)),
            },
            PartnerChange::Update { partner, read } => {
                let read = signed(read.0, "the version")?;
                let (tenant, id) = (partner.tenant, partner.id);
                Self { tenant, id, what: PartnerWriteKind::Update { partner: Box::new(partner), read } }
            }
            PartnerChange::Keep { tenant, id } => Self { tenant, id, what: PartnerWriteKind::Keep },
            PartnerChange::Delete { tenant, id, read } => {
                Self { tenant, id, what: PartnerWriteKind::Delete { read: signed(read.0, "the version")? } }
            }
        })
    }

    /// Whether it is new and its id is in use.
    pub(in crate::sqlite) fn is_taken(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let is_new = matches!(self.what, PartnerWriteKind::Insert(_));
        let key = keys::key(&self.tenant, &self.id.0);
        Ok(is_new && connection.prepare_cached(EXISTS)?.query_row(key, |row| row.get(0))?)
    }

    /// Whether the partner was as the change expects it; if it was not, nothing is written.
    pub(in crate::sqlite) fn apply(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let (part, tenant, id) = (self.tenant.part().0, self.tenant.0.as_bytes(), self.id.0.as_bytes());
        let written = match &self.what {
            PartnerWriteKind::Insert(partner) => put(connection, &INSERT, partner, None)?,
            PartnerWriteKind::Update { partner, read } => {
                let written = put(connection, &UPDATE, partner, Some(*read))?;
                if written == 1 {
                    let name = &partner.display_name;
                    connection.prepare_cached(RENAME)?.execute(params![part, tenant, id, name])?;
                }
                written
            }
            PartnerWriteKind::Delete { read } => {
                let row = params![part, tenant, id, read];
                // Its generation is remembered as long as it is there.
                connection.prepare_cached(DEPART)?.execute(row)?;
                connection.prepare_cached(DELETE)?.execute(row)?
            }
            PartnerWriteKind::Keep => return Ok(true),
        };
        Ok(written == 1)
    }
}

/// Binds what is in each column to the parameter of its number, and the version that was read behind them.
fn put(connection: &Connection, sql: &str, partner: &Partner, read: Option<i64>) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(sql)?;
    for column in PartnerColumn::ALL {
        statement.raw_bind_parameter(column.index() + 1, partner_value(partner, *column))?;
    }
    if let Some(read) = read {
        statement.raw_bind_parameter(TABLE.columns.len() + 1, read)?;
    }
    statement.raw_execute()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file::migrations::plan;

    #[test]
    fn expired_and_connected_partners_are_found_in_order() {
        let (expired, connected) = (plan(EXPIRED), plan(CONNECTED));
        assert!(expired.len() == 1 && expired[0].contains("INDEX partners_being_onboarded"), "{expired:?}");
        let from_there = "PRIMARY KEY ((part,tenant,id)>(?,?,?))";
        assert!(connected.len() == 1 && connected[0].contains(from_there), "{connected:?}");
    }
}
