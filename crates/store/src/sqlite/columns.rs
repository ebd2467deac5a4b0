//! Columns that several tables have.

use gangway_domain::{Account, ConnectorKind, Generation, PartnerId, ProfileName, Timestamp, Version};
use rusqlite::Row;
use uuid::Uuid;

use super::fault::{self, Fault};

pub(super) fn text<'a>(row: &'a Row<'_>, column: usize, what: &'static str) -> Result<&'a str, Fault> {
    row.get_ref(column)?.as_str().map_err(|_| Fault::Senseless(what))
}

pub(super) fn id(row: &Row<'_>, column: usize) -> Result<Uuid, Fault> {
    Ok(Uuid::from_bytes(row.get(column)?))
}

pub(super) fn partner(row: &Row<'_>, column: usize) -> Result<PartnerId, Fault> {
    id(row, column).map(PartnerId)
}

pub(super) fn connector(row: &Row<'_>, column: usize) -> Result<ConnectorKind, Fault> {
    ConnectorKind::from_word(text(row, column, "connector")?).ok_or(Fault::Senseless("connector"))
}

pub(super) fn profile(row: &Row<'_>, column: usize) -> Result<Option<ProfileName>, Fault> {
    let name = row.get_ref(column)?.as_str_or_null().map_err(|_| Fault::Senseless("profile"))?;
    name.map(|name| name.parse().map_err(|_| Fault::Senseless("profile"))).transpose()
}

/// An account's id and name, in two columns.
pub(super) fn account(row: &Row<'_>, column: usize) -> Result<Option<Account>, Fault> {
    let (id, name): (Option<String>, Option<String>) = (row.get(column)?, row.get(column + 1)?);
    Ok(id.map(|id| Account { id, name }))
}

pub(super) fn generation(row: &Row<'_>, column: usize) -> Result<Generation, Fault> {
    Ok(Generation(fault::unsigned(row.get(column)?, "generation")?))
}

pub(super) fn version(row: &Row<'_>, column: usize) -> Result<Version, Fault> {
    Ok(Version(fault::unsigned(row.get(column)?, "version")?))
}

pub(super) fn time(row: &Row<'_>, column: usize, what: &'static str) -> Result<Timestamp, Fault> {
    fault::time(row.get(column)?, what)
}

pub(super) fn small(row: &Row<'_>, column: usize, what: &'static str) -> Result<u32, Fault> {
    u32::try_from(row.get::<_, i64>(column)?).map_err(|_| Fault::Senseless(what))
}
