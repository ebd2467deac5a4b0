//! Pages and counts of what a query asks for.

use gangway_domain::TenantId;
use gangway_engine::{Key, Listing, Page, Position};
use gangway_odata::Filter;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, Rows, Statement, params_from_iter};
use uuid::Uuid;

use super::dialect::Sqlite;
use super::fault::{self, Fault};
use crate::render::{self, Table};

/// A collection: its table, the columns that an item is read from, and how.
pub(super) struct Source<T> {
    pub(super) table: Table,
    pub(super) columns: &'static str,
    pub(super) item: fn(&Row<'_>) -> Result<T, Fault>,
}

impl<T> Source<T> {
    /// A page of a tenant's items.
    pub(super) fn page(
        &self,
        connection: &Connection,
        tenant: TenantId,
        listing: &Listing,
    ) -> Result<Page<T>, Fault> {
        if listing.limit == 0 {
            return Ok(Page { items: Vec::new(), end: None });
        }
        let list = render::list::<Sqlite>(&self.table, self.columns, tenant, listing)?;
        with(connection, &list.statement.text, |statement| {
            let rows = statement.query(params_from_iter(list.statement.values.iter().map(bound)))?;
            self.read(rows, &list.keys, listing.limit)
        })
    }

    fn read(&self, mut rows: Rows<'_>, keys: &[Option<Key>], limit: usize) -> Result<Page<T>, Fault> {
        let mut page = Page { items: Vec::new(), end: None };
        let mut last = None;
        while let Some(row) = rows.next()? {
            if page.items.len() == limit {
                page.end = last;
                break;
            }
            page.items.push((self.item)(row)?);
            if page.items.len() == limit {
                last = Some(position(row, keys)?);
            }
        }
        Ok(page)
    }

    /// How many items a tenant has that this holds for.
    pub(super) fn count(
        &self,
        connection: &Connection,
        tenant: TenantId,
        filter: Option<&Filter>,
    ) -> Result<u64, Fault> {
        let count = render::count::<Sqlite>(&self.table, tenant, filter)?;
        with(connection, &count.text, |statement| {
            let values = params_from_iter(count.values.iter().map(bound));
            fault::unsigned(statement.query_row(values, |row| row.get(0))?, "count")
        })
    }
}

/// The longest statement that is kept prepared, in bytes. To prepare one takes some 15 microseconds; values are not part of
/// its text, so the next page and the same question find it again. These connections run nothing else, so it crowds out no
/// statement that is always needed.
const LONGEST_KEPT: usize = 4096;

fn with<T>(
    connection: &Connection,
    sql: &str,
    work: impl FnOnce(&mut Statement<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    if sql.len() > LONGEST_KEPT {
        work(&mut connection.prepare(sql)?)
    } else {
        work(&mut *connection.prepare_cached(sql)?)
    }
}

fn bound(key: &Key) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match key {
        Key::Null => ValueRef::Null,
        Key::Integer(number) => ValueRef::Integer(*number),
        Key::Text(text) => ValueRef::Text(text.as_bytes()),
        Key::Bytes(bytes) => ValueRef::Blob(bytes),
    })
}

/// Where the item in this row stands: its keys are in the last columns, and its id is in the very last.
fn position(row: &Row<'_>, keys: &[Option<Key>]) -> Result<Position, Fault> {
    let columns = row.as_ref().column_count();
    let selected = keys.iter().filter(|key| key.is_none()).count();
    let mut next = (columns - 1 - selected)..;
    let keys = keys.iter().map(|known| match (known, next.by_ref()) {
        (Some(key), _) => Ok(key.clone()),
        (None, next) => read(row, next.next().unwrap_or_default()),
    });
    Ok(Position { keys: keys.collect::<Result<_, Fault>>()?, id: Uuid::from_bytes(row.get(columns - 1)?) })
}

fn read(row: &Row<'_>, column: usize) -> Result<Key, Fault> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(Key::Null),
        ValueRef::Integer(number) => Ok(Key::Integer(number)),
        ValueRef::Text(_) => Ok(Key::Text(row.get(column)?)),
        ValueRef::Blob(bytes) => Ok(Key::Bytes(bytes.to_vec())),
        ValueRef::Real(_) => Err(Fault::Senseless("number")),
    }
}

#[cfg(test)]
mod tests;
