use gangway_domain::{Asked, Correlated, Release, ReleaseId, ReleaseState, TenantId, Timestamp, retry};
use gangway_engine::{DueRelease, Field, Lease, NodeId, PendingReleases, ReleaseFilter, Sealed};
use rusqlite::{Connection, Row, named_params, params};
use uuid::Uuid;

use super::fault::{self, Fault};
use super::keys::key;
use super::{columns, secret_rows};
use crate::{audit_json, release_json, spelling};

macro_rules! select {
    ($more:literal, $which:literal) => {
        concat!(
            "SELECT r.tenant, r.id, r.partner, partner_name, generation, connector, profile, account_id, account_name, ",
            "asked_actor, asked_correlation, asked_activity, asked_at, state, next_try, outcome, tries, calls, version",
            $more,
            " FROM releases AS r ",
            $which
        )
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

pub(super) fn one(
    connection: &Connection,
    tenant: TenantId,
    id: ReleaseId,
) -> Result<Option<Release>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(key(&tenant, &id.0))?;
    rows.next()?.map(from_row).transpose()
}

/// What it still holds.
pub(super) fn secret(
    connection: &Connection,
    tenant: TenantId,
    id: ReleaseId,
) -> Result<Option<(Field, Sealed)>, Fault> {
    let mut statement = connection.prepare_cached(SECRET)?;
    let mut rows = statement.query(key(&tenant, &id.0))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let field = field(row, 0)?;
    let sealed = secret_rows::sealed(row.get_ref(1)?)?.ok_or(Fault::Senseless("secret of a release"))?;
    Ok(Some((field, sealed)))
}

pub(super) fn field(row: &Row<'_>, column: usize) -> Result<Field, Fault> {
    Field::from_word(columns::text(row, column, "kind of secret")?).ok_or(Fault::Senseless("kind of secret"))
}

/// Newest first.
pub(super) fn some(
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
        found.push(from_row(row)?);
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

pub(super) fn pending(connection: &Connection) -> Result<PendingReleases, Fault> {
    let mut statement = connection.prepare_cached(PENDING)?;
    let (count, oldest): (i64, Option<i64>) =
        statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(PendingReleases {
        count: fault::unsigned(count, "count")?,
        oldest: oldest.map(|ticks| fault::time(ticks, "time a release was asked for")).transpose()?,
    })
}

/// Longest due first.
pub(super) fn due(
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
        match from_row(row) {
            Ok(release) => {
                let epoch = fault::unsigned(row.get(19)?, "epoch")?;
                due.push(DueRelease { release, lease: Lease { node, epoch } });
            }
            // One row that makes no sense is no reason to leave all the others alone.
            Err(Fault::Senseless(what)) => {
                let id = row.get(1).map(Uuid::from_bytes).unwrap_or_default();
                tracing::error!(release = %id, what, "a release cannot be read, and is not tried");
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(due)
}

fn from_row(row: &Row<'_>) -> Result<Release, Fault> {
    Ok(Release {
        tenant: TenantId(columns::id(row, 0)?),
        id: ReleaseId(columns::id(row, 1)?),
        partner: columns::partner(row, 2)?,
        partner_name: row.get(3)?,
        generation: columns::generation(row, 4)?,
        connector: columns::connector(row, 5)?,
        profile: columns::profile(row, 6)?,
        account: columns::account(row, 7)?,
        asked: asked(row)?,
        state: state(row)?,
        tries: columns::small(row, 16, "number of tries")?,
        calls: release_json::calls(columns::text(row, 17, "calls")?)
            .ok_or(Fault::Senseless("list of calls"))?,
        version: columns::version(row, 18)?,
    })
}

fn asked(row: &Row<'_>) -> Result<Asked, Fault> {
    let actor = audit_json::actor(columns::text(row, 9, "actor")?).ok_or(Fault::Senseless("actor"))?;
    let activity = columns::text(row, 11, "activity")?;
    Ok(Asked {
        by: Correlated { actor, correlation: columns::id(row, 10)? },
        activity: spelling::activity(activity).ok_or(Fault::Senseless("activity"))?,
        at: columns::time(row, 12, "time a release was asked for")?,
    })
}

fn state(row: &Row<'_>) -> Result<ReleaseState, Fault> {
    let (next_try, outcome): (Option<i64>, _) = (row.get(14)?, row.get_ref(15)?.as_str_or_null());
    let state = match (columns::text(row, 13, "state")?, next_try, outcome.ok().flatten()) {
        (spelling::PENDING, Some(ticks), None) => {
            Some(ReleaseState::Pending { next_try: fault::time(ticks, "time of the next try")? })
        }
        (spelling::CONFIRMED, None, Some(outcome)) => {
            release_json::evidence(outcome).map(ReleaseState::Confirmed)
        }
        (spelling::FORCED, None, Some(outcome)) => release_json::forced(outcome).map(ReleaseState::Forced),
        _ => None,
    };
    state.ok_or(Fault::Senseless("state of a release"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::migrations::plan;

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
