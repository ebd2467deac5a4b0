//! What can be computed and refused of a changeset without a database; every store begins with it.

mod event_row;
mod release_row;

use gangway_domain::{Activity, AuditEvent, PartnerId, TenantId, Timestamp};
use gangway_engine::{
    About, AttemptPhase, Changeset, Effect, PartnerChange, ReleaseSecret, Sealed, SecretChange, StoreError,
};
use uuid::{Builder, Uuid};

pub(crate) use event_row::EventRow;
pub(crate) use release_row::ReleaseRow;

/// The longest secret that is stored: a mebibyte, and what is left of the last of 257 pages of the embedded store. Most are a few
/// hundred bytes to 4 KiB, but a set of tokens may grow.
pub(crate) const MAX_SECRET: usize = 257 * 4092;

/// The one partner that a changeset is about, and every effect in it with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) tenant: TenantId,
    pub(crate) partner: PartnerId,
}

/// A value that cannot be stored, or not as part of this changeset.
pub(crate) fn unstorable(what: &str) -> StoreError {
    StoreError::Unavailable(format!("{what} cannot be stored"))
}

/// The integers of databases have a sign. No partner changes 2^63 times, so a larger number is a mistake.
pub(crate) fn signed(number: u64, what: &str) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| unstorable(what))
}

/// A secret that is longer than [`MAX_SECRET`].
pub(crate) fn too_long() -> StoreError {
    unstorable("a secret of more than 1 MiB")
}

/// The least id of version 7 that is made in the millisecond of this moment: what was made before has a lesser one (RFC 9562,
/// section 5.7). Of what is from before 1970, the least there is.
pub(crate) fn first_id_of(moment: Timestamp) -> Uuid {
    let Ok(millis) = u64::try_from(moment.unix_millis()) else { return Uuid::nil() };
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

/// Refuses what makes no sense as one changeset.
pub(crate) fn check(change: &Changeset) -> Result<(), StoreError> {
    let Changeset { about, effects, record } = change;
    check_counts(change)?;
    match about {
        About::Partner(partner) => {
            let subject = subject(partner);
            effects.iter().try_for_each(|effect| check_effect(effect, subject))?;
        }
        About::Settings(_) if !effects.is_empty() => {
            return Err(unstorable("a changeset of settings with effects on a partner"));
        }
        About::Settings(_) => {}
    }
    if record.event().is_none_or(|event| is_told_by(about, event)) {
        return Ok(());
    }
    Err(unstorable("a changeset whose audit event is about something else"))
}

/// Generations and versions count from one, and fit into an integer with a sign. Left to the database, whether this or something
/// else is found wrong with a changeset would depend on where it looks first.
fn check_counts(change: &Changeset) -> Result<(), StoreError> {
    let told = change.record.event().map(|event| (event.generation.0, "the generation"));
    let about = match &change.about {
        About::Partner(PartnerChange::Insert(partner) | PartnerChange::Update { partner, .. }) => {
            [Some((partner.generation.0, "the generation")), Some((partner.version.0, "the version"))]
        }
        About::Partner(PartnerChange::Delete { .. } | PartnerChange::Keep { .. }) => [None; 2],
        About::Settings(change) => [Some((change.settings.version.0, "the version")), None],
    };
    for (count, what) in about.into_iter().flatten().chain(told) {
        if count == 0 {
            return Err(unstorable("a generation or version of 0"));
        }
        signed(count, what)?;
    }
    Ok(())
}

/// Whose what it is about is.
pub(crate) const fn tenant(about: &About) -> TenantId {
    match about {
        About::Partner(change) => subject(change).tenant,
        About::Settings(change) => change.settings.tenant,
    }
}

/// Which partner a change is about.
pub(crate) const fn subject(change: &PartnerChange) -> Subject {
    let (tenant, partner) = match change {
        PartnerChange::Insert(partner) | PartnerChange::Update { partner, .. } => {
            (partner.tenant, partner.id)
        }
        PartnerChange::Delete { tenant, id, .. } | PartnerChange::Keep { tenant, id } => (*tenant, *id),
    };
    Subject { tenant, partner }
}

/// Whether the event is about the same. Ids alone do not tell: a partner can have its tenant's.
fn is_told_by(about: &About, audit: &AuditEvent) -> bool {
    let of_settings = audit.activity == Activity::PatchSettings;
    let told = (of_settings, audit.tenant, audit.resource);
    told == match about {
        About::Partner(change) => {
            let Subject { tenant, partner } = subject(change);
            (false, tenant, partner.into())
        }
        About::Settings(change) => (true, change.settings.tenant, change.settings.tenant.into()),
    }
}

/// What it is about must be what its changeset is about.
fn check_effect(effect: &Effect, subject: Subject) -> Result<(), StoreError> {
    if whose(effect).is_some_and(|whose| whose != subject) {
        return Err(unstorable("a changeset with an effect on another partner"));
    }
    if secret(effect).is_some_and(|Sealed(sealed)| sealed.len() > MAX_SECRET) {
        return Err(too_long());
    }
    match effect {
        Effect::OpenAttempt(attempt) if attempt.phase != AttemptPhase::Open || attempt.secret.is_none() => {
            Err(unstorable("a new attempt that is not open, or has no secret,"))
        }
        Effect::BeginRelease { release, secret: ReleaseSecret::Nothing } if release.is_pending() => {
            Err(unstorable("a pending release without a secret"))
        }
        Effect::OpenAttempt(_)
        | Effect::RedeemAttempt { .. }
        | Effect::CloseAttempt { .. }
        | Effect::CountRefusal { .. }
        | Effect::InsertCredential(_)
        | Effect::ReplaceCredential { .. }
        | Effect::BeginRelease { .. }
        | Effect::UpdateRelease { .. } => Ok(()),
    }
}

/// Whose it is, where the effect says so itself.
const fn whose(effect: &Effect) -> Option<Subject> {
    let (tenant, partner) = match effect {
        Effect::OpenAttempt(attempt) => (attempt.tenant, attempt.partner),
        Effect::InsertCredential(credential) | Effect::ReplaceCredential { credential, .. } => {
            (credential.tenant, credential.partner)
        }
        Effect::BeginRelease { release, .. } | Effect::UpdateRelease { release, .. } => {
            (release.tenant, release.partner)
        }
        Effect::RedeemAttempt { .. } | Effect::CloseAttempt { .. } | Effect::CountRefusal { .. } => {
            return None;
        }
    };
    Some(Subject { tenant, partner })
}

/// The secret that comes with it.
const fn secret(effect: &Effect) -> Option<&Sealed> {
    match effect {
        Effect::OpenAttempt(attempt) => attempt.secret.as_ref(),
        Effect::RedeemAttempt { code, .. } => Some(code),
        Effect::InsertCredential(credential) | Effect::ReplaceCredential { credential, .. } => {
            Some(&credential.sealed)
        }
        Effect::BeginRelease { secret: ReleaseSecret::Given(_, sealed), .. }
        | Effect::UpdateRelease { secret: SecretChange::Replace(_, sealed), .. } => Some(sealed),
        Effect::BeginRelease { .. }
        | Effect::UpdateRelease { .. }
        | Effect::CloseAttempt { .. }
        | Effect::CountRefusal { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_a_moment_is_no_later_than_any_made_then_and_later_than_all_before() {
        let (before, then) =
            (Timestamp::from_unix_seconds(1_790_000_000), Timestamp::from_unix_seconds(1_790_000_001));
        let made = |at: Timestamp, random| {
            let millis = u64::try_from(at.unix_millis()).unwrap();
            Builder::from_unix_timestamp_millis(millis, &[random; 10]).into_uuid()
        };
        assert!(made(before, 0xff) < first_id_of(then) && first_id_of(then) <= made(then, 0));
        assert_eq!(first_id_of(then).get_version_num(), 7);
        assert_eq!(first_id_of(Timestamp::NEVER), Uuid::nil());
        assert!(first_id_of(Timestamp::LAST) > made(then, 0xff));
    }
}
