pub(in crate::sqlite) mod write;

use gangway_domain::{Release, ReleaseId, TenantId, Timestamp, retry};
use gangway_engine::{DueRelease, Field, NodeId, PendingReleases, ReleaseFilter, Sealed};
use rusqlite::{Connection, named_params, params};

use super::keys::key;
use crate::rows::{self, columns};
use crate::sqlite::fault::{self, Fault};

macro_rules! select {
    ($more:literal, $which:literal) => {
        concat!("SELECT ", columns::release!(), $more, " FROM releases AS r ", $which)
    };
}

const ONE: &str = select!("", "WHERE part = ?1 AND tenant = ?2 AND id = ?3");
const SECRET: &str = "SELECT secret_field, sealed FROM releases JOIN secrets ON secrets.id = releases.secret \
    WHERE part = ?1 AND tenant = ?2 AND releases.id = ?3";
const PENDING: &str = "SELECT count(*), min(asked_at) FROM releases WHERE state = 'pending'";
// Ids are made of the time, so of two releases of a partner the one with the lesser id is older.
const DUE: &str = select!(
    ", leases.epoch",
    "JOIN leases ON leases.part = r.part AND node = ?1 \
     WHERE state = 'pending' AND next_try <= ?2 AND NOT EXISTS (SELECT 1 FROM releases AS older \
        WHERE older.part = r.part AND older.tenant = r.tenant AND older.partner = r.partner \
        AND older.state = 'pending' AND older.next_try <= ?2 AND older.id < r.id) \
     ORDER BY next_try, asked_at, r.part, r.tenant, r.id LIMIT ?3"
);
const PUT_OFF_TOO_FAR: &str = select!(
    ", leases.epoch",
    "JOIN leases ON leases.part = r.part AND node = ?1 \
     WHERE state = 'pending' AND next_try > ?2 ORDER BY next_try, asked_at, r.part, r.tenant, r.id LIMIT ?3"
);
const SOME: &str = select!("", "");

pub(in crate::sqlite) fn one(
    connection: &Connection,
    tenant: TenantId,
    id: ReleaseId,
) -> Result<Option<Release>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(key(&tenant, &id.0))?;
    Ok(rows.next()?.map(rows::release).transpose()?)
}

/// What it still holds.
pub(in crate::sqlite) fn secret(
    connection: &Connection,
    tenant: TenantId,
    id: ReleaseId,
) -> Result<Option<(Field, Sealed)>, Fault> {
    let mut statement = connection.prepare_cached(SECRET)?;
    let mut rows = statement.query(key(&tenant, &id.0))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some((rows::field(row, 0)?, rows::sealed(row, 1, "secret of a release")?)))
}

/// Newest first.
pub(in crate::sqlite) fn some(
    connection: &Connection,
    wanted: ReleaseFilter,
    at_most: usize,
) -> Result<Vec<Release>, Fault> {
    let mut statement = connection.prepare_cached(&asking_for(wanted))?;
    let (tenant, partner) = (wanted.tenant, wanted.partner);
    let values = named_params! {
        ":part": tenant.map(|tenant| tenant.part().0),
        ":tenant": tenant.map(|tenant| *tenant.0.as_bytes()),
        ":partner": partner.map(|partner| *partner.0.as_bytes()),
        ":at_most": fault::limit(at_most),
    };
    for (name, value) in values {
        // What is not asked about is not in the statement.
        if let Some(place) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(place, value)?;
        }
    }
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(rows::release(row)?);
    }
    Ok(found)
}

/// Only with the conditions it has, so that `SQLite` sees which index fits.
fn asking_for(wanted: ReleaseFilter) -> String {
    let conditions = [
        (wanted.tenant.is_some(), "part = :part AND tenant = :tenant"),
        (wanted.partner.is_some(), "partner = :partner"),
        (wanted.pending_only, "state = 'pending'"),
    ];
    let conditions: Vec<_> = conditions.iter().filter(|(asked, _)| *asked).map(|(_, sql)| *sql).collect();
    let filter = if conditions.is_empty() { "" } else { "WHERE " };
    format!("{SOME}{filter}{} ORDER BY id DESC, part, tenant LIMIT :at_most", conditions.join(" AND "))
}

pub(in crate::sqlite) fn pending(connection: &Connection) -> Result<PendingReleases, Fault> {
    let mut statement = connection.prepare_cached(PENDING)?;
    Ok(statement.query_row([], |row| Ok(rows::pending_releases(row)))??)
}

/// Longest due first.
pub(in crate::sqlite) fn due(
    connection: &Connection,
    node: NodeId,
    now: Timestamp,
    at_most: usize,
) -> Result<Vec<DueRelease>, Fault> {
    let mut due = read_due(connection, DUE, node, now, at_most)?;
    let left = at_most.saturating_sub(due.len());
    if left > 0 {
        // Written down while the clock was wrong.
        due.extend(read_due(connection, PUT_OFF_TOO_FAR, node, now.plus(retry::LONGEST_PAUSE), left)?);
    }
    Ok(due)
}

fn read_due(
    connection: &Connection,
    sql: &str,
    node: NodeId,
    time: Timestamp,
    at_most: usize,
) -> Result<Vec<DueRelease>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![node.0.as_bytes(), time.ticks(), fault::limit(at_most)])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.extend(rows::due_release(row, node)?);
    }
    Ok(due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file::migrations::plan;

    #[test]
    fn what_is_due_is_found_without_looking_at_the_rest() {
        let plan = plan(DUE);
        assert!(plan[0].contains("USING INDEX releases_due (next_try<?)"), "{plan:?}");
        let in_order = "COVERING INDEX releases_in_order (part=? AND tenant=? AND partner=? AND id<?)";
        assert!(plan.iter().any(|line| line.contains(in_order)), "{plan:?}");
        assert!(!plan.iter().any(|line| line.contains("SCAN") || line.contains("TEMP")), "{plan:?}");
    }

    #[test]
    fn what_is_pending_is_counted_in_its_index() {
        let plan = plan(PENDING);
        assert!(plan.iter().all(|line| line.contains("COVERING INDEX releases_due")), "{plan:?}");
    }

    #[test]
    fn the_newest_releases_of_a_tenant_need_no_sorting() {
        let wanted = ReleaseFilter { tenant: Some(TenantId(uuid::Uuid::nil())), ..ReleaseFilter::default() };
        let plan = plan(&asking_for(wanted));
        assert!(plan.len() == 1 && plan[0].contains("PRIMARY KEY (part=? AND tenant=?)"), "{plan:?}");
    }
}
