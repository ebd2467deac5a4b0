use gangway_domain::{
    Correlated, Obstacle, Release, ReleaseId, ReleaseState, RequestedBy, TenantId, TokenLog,
};
use gangway_engine::{DueRelease, Field, Lease, NodeId, PendingReleases};

use super::{
    OtherType, Read, Row, Senseless, account, connector, generation, id, partner_id, profile, small, text,
    time, time_or_null, unsigned, version,
};
use crate::stored_format::{audit_json, release_json, words};

/// Of the table called `r`.
macro_rules! release_columns {
    () => {
        "r.tenant, r.id, r.partner, partner_name, generation, connector, profile, account_id, account_name, \
         asked_actor, asked_correlation, asked_activity, asked_at, state, next_try, outcome, tries, calls, version, tokens, \
         obstacle"
    };
}
pub(crate) use release_columns;

pub(crate) fn release(row: &impl Row) -> Read<Release> {
    Ok(Release {
        tenant: TenantId(id(row, 0, "tenant")?),
        id: ReleaseId(id(row, 1, "id of a release")?),
        partner: partner_id(row, 2)?,
        partner_name: text(row, 3, "name")?.to_owned(),
        generation: generation(row, 4)?,
        connector: connector(row, 5)?,
        profile: profile(row, 6)?,
        account: account(row, 7)?,
        asked: asked(row)?,
        state: state(row)?,
        tries: small(row, 16, "number of tries")?,
        tokens: tokens(row)?,
        calls: release_json::calls_from_json(text(row, 17, "calls")?).ok_or(Senseless("list of calls"))?,
        version: version(row, 18)?,
    })
}

fn asked(row: &impl Row) -> Read<RequestedBy> {
    let actor = audit_json::actor_from_json(text(row, 9, "actor")?).ok_or(Senseless("actor"))?;
    let activity = text(row, 11, "activity")?;
    Ok(RequestedBy {
        by: Correlated { actor, correlation: id(row, 10, "correlation")? },
        activity: words::activity_from_word(activity).ok_or(Senseless("activity"))?,
        at: time(row, 12, "time a release was asked for")?,
    })
}

fn state(row: &impl Row) -> Read<ReleaseState> {
    let next_try = time_or_null(row, 14, "time of the next try")?;
    let outcome = row.text(15).map_err(|OtherType| Senseless("outcome"))?;
    let state = match (text(row, 13, "state")?, next_try, outcome) {
        (words::PENDING, Some(next_try), None) => {
            Some(ReleaseState::Pending { next_try, obstacle: obstacle(row)? })
        }
        (words::CONFIRMED, None, Some(outcome)) => release_json::confirmed_from_json(outcome),
        (words::UNACCOUNTED, None, Some(outcome)) => release_json::unaccounted_from_json(outcome),
        (words::FORCED, None, Some(outcome)) => {
            release_json::forced_from_json(outcome).map(ReleaseState::Forced)
        }
        _ => None,
    };
    state.ok_or(Senseless("state of a release"))
}

/// Of a release from before they were kept there are none.
fn tokens(row: &impl Row) -> Read<TokenLog> {
    let text = row.text(19).map_err(|OtherType| Senseless("list of tokens"))?;
    text.map_or(Some(TokenLog::default()), release_json::tokens_from_json).ok_or(Senseless("list of tokens"))
}

fn obstacle(row: &impl Row) -> Read<Option<Obstacle>> {
    let word = row.text(20).map_err(|OtherType| Senseless("obstacle"))?;
    word.map(|word| Obstacle::from_word(word).ok_or(Senseless("obstacle"))).transpose()
}

/// A release, and behind its columns the epoch of its part's lease. One that makes no sense is told to the log and left
/// out: it is no reason to leave all the others alone.
pub(crate) fn due_release(row: &impl Row, node: NodeId) -> Read<Option<DueRelease>> {
    match release(row) {
        Ok(release) => {
            let epoch = unsigned(row, 21, "epoch")?;
            Ok(Some(DueRelease { release, lease: Lease { node, epoch } }))
        }
        Err(Senseless(what)) => {
            let release = id(row, 1, "id of a release").unwrap_or_default();
            tracing::error!(%release, what, "a release cannot be read, and is not tried");
            Ok(None)
        }
    }
}

/// From how many there are, and when the first of them was asked for.
pub(crate) fn pending_releases(row: &impl Row) -> Read<PendingReleases> {
    let oldest = time_or_null(row, 1, "time a release was asked for")?;
    Ok(PendingReleases { count: unsigned(row, 0, "count")?, oldest })
}

/// What kind of secret it is.
pub(crate) fn field(row: &impl Row, column: usize) -> Read<Field> {
    Field::from_word(text(row, column, "kind of secret")?).ok_or(Senseless("kind of secret"))
}
