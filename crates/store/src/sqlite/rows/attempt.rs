use gangway_domain::{AttemptId, TenantId, Timestamp};
use gangway_engine::{AttemptPhase, StoreError, StoredAttempt};
use rusqlite::{Connection, OptionalExtension, params};

use super::keys::{self, key};
use super::secret::{self, Padded};
use crate::changeset::{Subject, signed, unstorable};
use crate::rows::{self, columns};
use crate::sqlite::fault::{self, Fault};
use crate::stored_format::words;

const ONE: &str = concat!(
    "SELECT ",
    columns::attempt!(),
    " FROM attempts LEFT JOIN secrets ON secrets.id = attempts.secret WHERE part = ?1 AND tenant = ?2 AND attempts.id = ?3"
);
const INSERT: &str = "INSERT INTO attempts \
    (part, tenant, id, partner, generation, state_hash, phase, secret, expires, refusals) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
const FOUND: &str = "SELECT secret FROM attempts \
    WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND partner = ?4 AND phase = ?5";
const SET: &str = "UPDATE attempts SET phase = ?4, secret = ?5 WHERE part = ?1 AND tenant = ?2 AND id = ?3";
const REFUSED: &str = "UPDATE attempts SET refusals = min(refusals + 1, 4294967295) \
    WHERE part = ?1 AND tenant = ?2 AND id = ?3 AND partner = ?4";
const FORGET: &str = "DELETE FROM attempts WHERE (part, tenant, id) IN \
    (SELECT part, tenant, id FROM attempts WHERE phase = 'closed' AND expires < ?1 ORDER BY expires LIMIT ?2)";

pub(in crate::sqlite) fn one(
    connection: &Connection,
    tenant: TenantId,
    id: AttemptId,
) -> Result<Option<StoredAttempt>, Fault> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut rows = statement.query(key(&tenant, &id.0))?;
    Ok(rows.next()?.map(|row| rows::attempt(row, tenant, id)).transpose()?)
}

/// Forgets closed ones that expired before this, those that did first, and says how many.
pub(in crate::sqlite) fn forget(
    connection: &Connection,
    before: Timestamp,
    at_most: usize,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(FORGET)?.execute(params![before.ticks(), fault::limit(at_most)])
}

/// An attempt that begins.
#[derive(Debug)]
pub(in crate::sqlite) struct AttemptWrite {
    attempt: StoredAttempt,
    generation: i64,
    secret: Padded,
}

impl AttemptWrite {
    pub(in crate::sqlite) fn new(attempt: StoredAttempt) -> Result<Self, StoreError> {
        let secret = match (&attempt.phase, &attempt.secret) {
            (AttemptPhase::Open, Some(secret)) => Padded::new(secret)?,
            _ => return Err(unstorable("a new attempt that is not open, or has no secret,")),
        };
        let generation = signed(attempt.generation.0, "the generation")?;
        Ok(Self { attempt, generation, secret })
    }

    /// Whether its id was free.
    pub(in crate::sqlite) fn insert(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let attempt = &self.attempt;
        let secret = secret::insert(connection, &self.secret)?;
        let (part, tenant, id) = keys::key(&attempt.tenant, &attempt.id.0);
        let written = connection.prepare_cached(INSERT)?.execute(params![
            part,
            tenant,
            id,
            attempt.partner.0.as_bytes(),
            self.generation,
            attempt.state_hash,
            words::phase_word(attempt.phase),
            secret,
            attempt.expires.ticks(),
            attempt.refusals,
        ])?;
        Ok(written == 1)
    }
}

/// Whether it was open.
pub(in crate::sqlite) fn redeem(
    connection: &Connection,
    subject: Subject,
    id: AttemptId,
    code: &Padded,
) -> rusqlite::Result<bool> {
    let Some(found) = found(connection, subject, id, AttemptPhase::Open)? else {
        return Ok(false);
    };
    let secret = match found.secret {
        Some(secret) => {
            secret::replace(connection, secret, code)?;
            secret
        }
        None => secret::insert(connection, code)?,
    };
    set(connection, subject, id, AttemptPhase::Redeeming, Some(secret))
}

/// Whether it was in this phase.
pub(in crate::sqlite) fn close(
    connection: &Connection,
    subject: Subject,
    id: AttemptId,
    read: AttemptPhase,
) -> rusqlite::Result<bool> {
    let Some(found) = found(connection, subject, id, read)? else {
        return Ok(false);
    };
    if let Some(secret) = found.secret {
        secret::destroy(connection, secret)?;
    }
    set(connection, subject, id, AttemptPhase::Closed, None)
}

/// Takes the code away from an attempt that is being redeemed; `None` if it has none.
pub(super) fn take_code(
    connection: &Connection,
    subject: Subject,
    id: AttemptId,
) -> rusqlite::Result<Option<i64>> {
    let code = found(connection, subject, id, AttemptPhase::Redeeming)?.and_then(|found| found.secret);
    if code.is_some() {
        set(connection, subject, id, AttemptPhase::Redeeming, None)?;
    }
    Ok(code)
}

/// Whether it is there.
pub(in crate::sqlite) fn count_refusal(
    connection: &Connection,
    subject: Subject,
    id: AttemptId,
) -> rusqlite::Result<bool> {
    let (part, tenant, id) = key(&subject.tenant, &id.0);
    let counted = connection.prepare_cached(REFUSED)?.execute(params![
        part,
        tenant,
        id,
        subject.partner.0.as_bytes()
    ])?;
    Ok(counted == 1)
}

/// An attempt in the phase that was asked for.
struct FoundAttempt {
    secret: Option<i64>,
}

fn found(
    connection: &Connection,
    subject: Subject,
    id: AttemptId,
    phase: AttemptPhase,
) -> rusqlite::Result<Option<FoundAttempt>> {
    let (part, tenant, id) = key(&subject.tenant, &id.0);
    let row = params![part, tenant, id, subject.partner.0.as_bytes(), words::phase_word(phase)];
    connection
        .prepare_cached(FOUND)?
        .query_row(row, |row| Ok(FoundAttempt { secret: row.get(0)? }))
        .optional()
}

fn set(
    connection: &Connection,
    subject: Subject,
    id: AttemptId,
    phase: AttemptPhase,
    secret: Option<i64>,
) -> rusqlite::Result<bool> {
    let (part, tenant, id) = key(&subject.tenant, &id.0);
    let row = params![part, tenant, id, words::phase_word(phase), secret];
    Ok(connection.prepare_cached(SET)?.execute(row)? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file::migrations::plan;

    #[test]
    fn what_can_be_forgotten_is_found_without_looking_at_the_rest() {
        let plan = plan(FORGET);
        assert!(plan.iter().any(|line| line.contains("INDEX attempts_closed (expires<?)")), "{plan:?}");
        assert!(!plan.iter().any(|line| line.contains("SCAN attempts") || line.contains("TEMP")), "{plan:?}");
    }
}
