use gangway_domain::{AttemptId, TenantId};
use gangway_engine::{AttemptPhase, StoredAttempt};

use super::{OtherType, Read, Row, Senseless, generation, partner_id, small, text, there, time};
use crate::stored_format::words;

macro_rules! attempt_columns {
    () => {
        "partner, generation, state_hash, phase, expires, refusals, sealed"
    };
}
pub(crate) use attempt_columns;

pub(crate) fn attempt(row: &impl Row, tenant: TenantId, id: AttemptId) -> Read<StoredAttempt> {
    let phase = words::phase_from_word(text(row, 3, "phase")?).ok_or(Senseless("phase"))?;
    let secret = row.sealed(6).map_err(|OtherType| Senseless("secret"))?;
    if phase == AttemptPhase::Open && secret.is_none() {
        return Err(Senseless("attempt"));
    }
    let state_hash = there(row.bytes(2), "hash of a state")?;
    Ok(StoredAttempt {
        tenant,
        id,
        partner: partner_id(row, 0)?,
        generation: generation(row, 1)?,
        state_hash: state_hash.try_into().map_err(|_| Senseless("hash of a state"))?,
        phase,
        secret,
        expires: time(row, 4, "time an attempt expires")?,
        refusals: small(row, 5, "number of refusals")?,
    })
}
