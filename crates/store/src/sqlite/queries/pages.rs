//! Pages and counts of what a query asks for.

use gangway_domain::TenantId;
use gangway_engine::{Listing, Page, SortKey};
use gangway_odata::Filter;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, params_from_iter};

use super::dialect::Sqlite;
use crate::render;
use crate::rows::{self, Filling, Item};
use crate::sqlite::fault::Fault;

/// A page of a tenant's items.
pub(in crate::sqlite) fn page<T: Item>(
    connection: &Connection,
    tenant: TenantId,
    listing: &Listing,
) -> Result<Page<T>, Fault> {
    if listing.limit == 0 {
        return Ok(Page { items: Vec::new(), end: None });
    }
    let list = render::list::<Sqlite>(&T::TABLE, T::COLUMNS, tenant, listing)?;
    with(connection, &list.statement.text, |statement| {
        let mut rows = statement.query(params_from_iter(list.statement.values.iter().map(bound)))?;
        let mut page = Filling::new(listing.limit, &list.keys);
        while let Some(row) = rows.next()? {
            if !page.take(row)? {
                break;
            }
        }
        Ok(page.finish())
    })
}

/// How many items a tenant has that this holds for.
pub(in crate::sqlite) fn count<T: Item>(
    connection: &Connection,
    tenant: TenantId,
    filter: Option<&Filter>,
) -> Result<u64, Fault> {
    let count = render::count::<Sqlite>(&T::TABLE, tenant, filter)?;
    with(connection, &count.text, |statement| {
        let values = params_from_iter(count.values.iter().map(bound));
        Ok(statement.query_row(values, |row| Ok(rows::unsigned(row, 0, "count")))??)
    })
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

fn bound(key: &SortKey) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match key {
        SortKey::Null => ValueRef::Null,
        SortKey::Integer(number) => ValueRef::Integer(*number),
        SortKey::Text(text) => ValueRef::Text(text.as_bytes()),
        SortKey::Bytes(bytes) => ValueRef::Blob(bytes),
    })
}

#[cfg(test)]
mod tests;
