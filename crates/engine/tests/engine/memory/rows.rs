//! The rows of the store in memory, and what a changeset does to them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use gangway_domain::{
    AttemptId, AuditEvent, ChangesetId, Generation, Partner, PartnerId, Release, ReleaseId, ReleaseState,
    Settings, TenantId, Timestamp, Version, retry,
};
use gangway_engine::{
    About, AttemptPhase, Changeset, CommitError, Committed, Effect, Field, Lease, PartnerChange, Record,
    ReleaseSecret, Sealed, SecretChange, StoredAttempt, StoredCredential,
};

/// A release, and its secret.
type StoredRelease = (Release, Option<(Field, Sealed)>);

#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) partners: HashMap<(TenantId, PartnerId), Partner>,
    pub(crate) settings: HashMap<TenantId, Settings>,
    pub(crate) attempts: HashMap<(TenantId, AttemptId), StoredAttempt>,
    pub(crate) credentials: HashMap<(TenantId, PartnerId), StoredCredential>,
    pub(crate) releases: BTreeMap<(TenantId, ReleaseId), StoredRelease>,
    pub(crate) lease: Option<Lease>,
    pub(crate) audit: Vec<Arc<AuditEvent>>,
    /// Silent changesets.
    pub(crate) commits: HashSet<(TenantId, ChangesetId)>,
    /// Partners that were deleted, and at which generation.
    pub(crate) departed: HashMap<(TenantId, PartnerId), Generation>,
    /// For the oracle: all that each release ever held, as text.
    pub(crate) held: HashMap<ReleaseId, Vec<String>>,
}

pub(super) fn next_try(release: &Release) -> Timestamp {
    match release.state {
        ReleaseState::Pending { next_try, .. } => next_try,
        ReleaseState::Confirmed(_) | ReleaseState::Unaccounted(..) | ReleaseState::Forced(_) => {
            Timestamp::LAST
        }
    }
}

/// Also if it is put off for longer than anything is: the clock was wrong then.
pub(super) fn is_due(release: &Release, now: Timestamp) -> bool {
    next_try(release) <= now || next_try(release) > now.plus(retry::LONGEST_PAUSE)
}

fn expect(holds: bool) -> Result<(), CommitError> {
    if holds { Ok(()) } else { Err(CommitError::Stale) }
}

impl Rows {
    fn check(&self, key: (TenantId, PartnerId), read: Version) -> Result<(), CommitError> {
        expect(self.partners.get(&key).is_some_and(|partner| partner.version == read))
    }

    pub(super) fn apply(&mut self, change: Changeset) -> Result<Committed, CommitError> {
        let Changeset { about, effects, record } = change;
        let tenant = match &about {
            About::Settings(change) => change.settings.tenant,
            About::Partner(PartnerChange::Insert(partner) | PartnerChange::Update { partner, .. }) => {
                partner.tenant
            }
            About::Partner(PartnerChange::Delete { tenant, .. } | PartnerChange::Keep { tenant, .. }) => {
                *tenant
            }
        };
        let audit = match record {
            Record::Event(event) => {
                if self.audit.iter().any(|there| there.id == event.id) {
                    return Ok(Committed::Duplicate);
                }
                Some(event)
            }
            Record::Silent(id) => {
                if !self.commits.insert((tenant, id)) {
                    return Ok(Committed::Duplicate);
                }
                None
            }
        };
        let partner = match about {
            About::Partner(partner) => partner,
            About::Settings(change) => {
                let tenant = change.settings.tenant;
                expect(
                    self.settings.get(&tenant).map_or(Version::NONE, |stored| stored.version) == change.read,
                )?;
                self.settings.insert(tenant, change.settings);
                self.audit.extend(audit.map(Arc::new));
                return Ok(Committed::Applied);
            }
        };
        let (tenant, id) = match partner {
            PartnerChange::Insert(partner) => {
                let key = (partner.tenant, partner.id);
                if self.partners.contains_key(&key) {
                    return Err(CommitError::Taken);
                }
                expect(self.departed.get(&key).is_none_or(|last| *last < partner.generation))?;
                self.partners.insert(key, partner);
                key
            }
            PartnerChange::Update { partner, read } => {
                let key = (partner.tenant, partner.id);
                self.check(key, read)?;
                self.partners.insert(key, partner);
                key
            }
            PartnerChange::Delete { tenant, id, read } => {
                self.check((tenant, id), read)?;
                let departed = self.partners.remove(&(tenant, id));
                self.departed.extend(departed.map(|partner| ((tenant, id), partner.generation)));
                (tenant, id)
            }
            PartnerChange::Keep { tenant, id } => (tenant, id),
        };
        for effect in effects {
            self.effect(tenant, id, effect)?;
        }
        self.audit.extend(audit.map(Arc::new));
        Ok(Committed::Applied)
    }

    fn effect(&mut self, tenant: TenantId, partner: PartnerId, effect: Effect) -> Result<(), CommitError> {
        match effect {
            Effect::OpenAttempt(attempt) => drop(self.attempts.insert((tenant, attempt.id), attempt)),
            Effect::RedeemAttempt { id, code } => {
                let attempt = self.attempts.get_mut(&(tenant, id)).ok_or(CommitError::Stale)?;
                expect(attempt.phase == AttemptPhase::Open)?;
                attempt.phase = AttemptPhase::Redeeming;
                attempt.secret = Some(code);
            }
            Effect::CloseAttempt { id, read } => {
                let attempt = self.attempts.get_mut(&(tenant, id)).ok_or(CommitError::Stale)?;
                expect(attempt.phase == read)?;
                attempt.phase = AttemptPhase::Closed;
                attempt.secret = None;
            }
            Effect::CountRefusal { id } => {
                self.attempts.get_mut(&(tenant, id)).ok_or(CommitError::Stale)?.refusals += 1;
            }
            Effect::InsertCredential(credential) => {
                expect(self.credentials.insert((tenant, partner), credential).is_none())?;
            }
            Effect::ReplaceCredential { read, credential } => {
                let stored = self.credentials.get_mut(&(tenant, partner)).ok_or(CommitError::Stale)?;
                expect(stored.id == read)?;
                *stored = credential;
            }
            Effect::BeginRelease { release, secret } => {
                let secret = match secret {
                    ReleaseSecret::Nothing => None,
                    ReleaseSecret::Credential(id) => {
                        let moved = self.credentials.remove(&(tenant, partner)).ok_or(CommitError::Stale)?;
                        expect(moved.id == id)?;
                        Some((Field::Credential, moved.sealed))
                    }
                    ReleaseSecret::Code(attempt) => {
                        let attempt = self.attempts.get_mut(&(tenant, attempt)).ok_or(CommitError::Stale)?;
                        expect(attempt.phase == AttemptPhase::Redeeming)?;
                        Some((Field::Code, attempt.secret.take().ok_or(CommitError::Stale)?))
                    }
                    ReleaseSecret::Given(field, sealed) => Some((field, sealed)),
                };
                self.hold(release.id, secret.as_ref());
                self.releases.insert((tenant, release.id), (release, secret));
            }
            Effect::UpdateRelease { release, read, lease, secret } => {
                expect(lease.is_none_or(|lease| self.lease == Some(lease)))?;
                let stored = self.releases.get_mut(&(tenant, release.id)).ok_or(CommitError::Stale)?;
                expect(stored.0.version == read)?;
                if let SecretChange::Replace(field, sealed) = secret {
                    stored.1 = Some((field, sealed));
                }
                let held = stored.1.clone();
                if !release.is_pending() {
                    stored.1 = None;
                }
                let id = release.id;
                stored.0 = release;
                self.hold(id, held.as_ref());
            }
        }
        Ok(())
    }

    fn hold(&mut self, release: ReleaseId, secret: Option<&(Field, Sealed)>) {
        let Some((_, Sealed(bytes))) = secret else { return };
        let held = self.held.entry(release).or_default();
        for text in crate::texts(&String::from_utf8_lossy(bytes)) {
            if !held.contains(&text) {
                held.push(text);
            }
        }
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &Release> {
        self.releases.values().map(|(release, _)| release).filter(|release| release.is_pending())
    }

    /// Of those that are due.
    pub(super) fn is_first_of_its_partner(&self, release: &Release, now: Timestamp) -> bool {
        let same = |other: &&Release| other.tenant == release.tenant && other.partner == release.partner;
        self.pending().filter(same).filter(|other| is_due(other, now)).all(|other| other.id >= release.id)
    }
}
