//! The generations at which partners were deleted, so that none comes twice.

use gangway_domain::{Generation, PartnerId, TenantId};
use rusqlite::Connection;

use super::keys::key;
use crate::rows;
use crate::sqlite::fault::Fault;

const ONE: &str = "SELECT generation FROM departed_partners WHERE part = ?1 AND tenant = ?2 AND id = ?3";

/// The last at which a partner with this id was deleted.
pub(in crate::sqlite) fn last(
    connection: &Connection,
    tenant: TenantId,
    id: PartnerId,
) -> Result<Option<Generation>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(key(&tenant, &id.0))?;
    Ok(rows.next()?.map(|row| rows::generation(row, 0)).transpose()?)
}
