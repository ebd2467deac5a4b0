//! One try at a release: revoke, then look whether it is dead.

mod kill;

use std::sync::PoisonError;
use std::time::Duration;

use gangway_domain::{
    Activity, Actor, AuditEvent, AuditEventId, Call, Correlated, Ending, Partner, Release, Status, Step,
    Timestamp,
};

use crate::command::Unclaimed;
use crate::credential::{Owner, Sealable as _, Tokens};
use crate::{
    CallError, CallResult, Changeset, CommitError, Connector, DueRelease, Effect, Engine, Error, Field,
    Lease, PartnerChange, Sealed, SecretChange, Store,
};

/// How a try at a release went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The release is this from now on.
    Is(Box<Release>),
    /// Somebody else has it, or it was over: what this try found out is not kept.
    Superseded,
}

/// What a try has in hand.
struct Try {
    release: Release,
    lease: Lease,
    /// What was answered since the release was stored last.
    calls: Vec<Call>,
}

/// Why a try stopped where it was.
enum Stop {
    /// It ends so.
    Ended(Ending),
    /// The release is not this node's any more.
    Superseded,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

const NOT_YET: Ending = Ending::NotYet { retry_after: None };

impl<S: Store> Engine<S> {
    /// Releases this node may try now, longest due first. Nobody else tries them while this node's lease holds.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read, or leases not be taken.
    pub async fn due_releases(&self, at_most: usize) -> Result<Vec<DueRelease>, Error> {
        let now = self.now();
        if self.leases_need_care(now) {
            self.keep_leases_at(now).await?;
        }
        Ok(self.store.due_releases(self.node, now, at_most).await?)
    }

    /// Prolongs this node's leases, takes those that are nobody's, and answers how many it has. A node that does so every
    /// [`LEASES_KEPT_EVERY`] loses none.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be written.
    pub async fn keep_leases(&self) -> Result<usize, Error> {
        self.keep_leases_at(self.now()).await
    }

    async fn keep_leases_at(&self, now: Timestamp) -> Result<usize, Error> {
        let held = self.store.lease_parts(self.node, now, LEASE_LASTS).await?;
        *self.leased.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(held)
    }

    /// Also if the clock was set back.
    fn leases_need_care(&self, now: Timestamp) -> bool {
        let leased = *self.leased.lock().unwrap_or_else(PoisonError::into_inner);
        leased.is_none_or(|leased| now < leased || leased.plus(LEASES_KEPT_EVERY) <= now)
    }

    /// Waits until a release begins.
    pub async fn release_begun(&self) {
        self.release_begun.notified().await;
    }

    /// Tries to bring a release to its end: redeems a code, refreshes where the dialect needs a live token, revokes,
    /// and looks. What the partner gives on the way is stored before it is used. All of it may be repeated: whatever
    /// is done already is harmless at the partner.
    ///
    /// # Errors
    /// [`Error::Store`] if what was found could not be stored; the release is tried again.
    pub async fn try_release(&self, due: DueRelease) -> Result<Tried, Error> {
        let DueRelease { release, lease } = due;
        let mut attempt = Try { release, lease, calls: Vec::new() };
        let ending = match self.kill(&mut attempt).await {
            Err(Stop::Ended(ending)) | Ok(ending) => ending,
            Err(Stop::Superseded) => return Ok(Tried::Superseded),
            Err(Stop::Failed(error)) => return Err(error),
        };
        self.record_try(attempt, ending).await
    }

    async fn record_try(&self, attempt: Try, ending: Ending) -> Result<Tried, Error> {
        let Try { release, lease, calls } = attempt;
        let now = self.now();
        let Some(after) = release.tried(now, calls, ending, self.random_number()) else {
            return Ok(Tried::Superseded);
        };
        let audit = (!after.is_pending()).then(|| {
            let by = Correlated { actor: Actor::Gangway, correlation: after.asked.by.correlation };
            let id = AuditEventId(self.time_ordered_uuid(now));
            AuditEvent::of_release(id, now, by, Activity::ConfirmRelease, &after)
        });
        let changeset = update(&after, &release, lease, SecretChange::Keep, audit);
        match self.commit(changeset).await {
            Ok(()) => Ok(Tried::Is(Box::new(after))),
            Err(CommitError::Stale | CommitError::Taken) => Ok(Tried::Superseded),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Stores what the partner gave just now. If this release is not ours to change any more, that gets a release of its
    /// own: nobody else has it.
    async fn keep_fresh(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        tokens: &Tokens,
    ) -> Result<(), Stop> {
        let before = attempt.release.clone();
        let sealed = match tokens.seal(&*self.ports.vault, owner(&before)) {
            Ok(sealed) => sealed,
            Err(error) => {
                self.revoke_at_once(connector, tokens).await;
                return Err(Error::from(error).into());
            }
        };
        let kept = self.keep_sealed(attempt, sealed.clone()).await;
        if kept.is_err() {
            let partner = as_partner(&before);
            let unclaimed = Unclaimed {
                partner: &partner,
                generation: before.generation,
                account: before.account.clone(),
                sealed: &sealed,
                correlation: before.asked.by.correlation,
            };
            if let Err(lost) = self.release_unclaimed(unclaimed).await {
                tracing::error!(release = %before.id, error = %lost, "fresh tokens are in no store: revoking them at once");
                self.revoke_at_once(connector, tokens).await;
            }
        }
        kept
    }

    /// Stores what is known of tokens that are stored already. If this release is not ours any more, whoever has it has
    /// them, or has destroyed them.
    async fn keep_known(&self, attempt: &mut Try, tokens: &Tokens) -> Result<(), Stop> {
        let sealed = tokens.seal(&*self.ports.vault, owner(&attempt.release)).map_err(Error::from)?;
        self.keep_sealed(attempt, sealed).await
    }

    async fn keep_sealed(&self, attempt: &mut Try, sealed: Sealed) -> Result<(), Stop> {
        let before = &attempt.release;
        let mut after = Release { version: before.version.next(), ..before.clone() };
        after.calls.extend(attempt.calls.drain(..));
        let secret = SecretChange::Replace(Field::Credential, sealed);
        match self.commit(update(&after, before, attempt.lease, secret, None)).await {
            Ok(()) => {
                attempt.release = after;
                Ok(())
            }
            Err(CommitError::Stale | CommitError::Taken) => Err(Stop::Superseded),
            Err(CommitError::Store(error)) => Err(Stop::Failed(error.into())),
        }
    }

    fn noted<T>(
        &self,
        attempt: &mut Try,
        step: Step,
        outcome: CallResult<T>,
        answer: impl FnOnce(&T) -> &String,
    ) -> Result<T, Stop> {
        match outcome {
            Ok(done) => {
                self.note(attempt, step, answer(&done));
                Ok(done)
            }
            Err(error) => {
                self.note(attempt, step, &error.answer);
                Err(Stop::Ended(not_yet(&error)))
            }
        }
    }

    fn note(&self, attempt: &mut Try, step: Step, answer: &str) {
        attempt.calls.push(Call::new(self.now(), step, answer));
    }

    fn unprepared(&self, attempt: &mut Try, why: &str) -> Ending {
        self.note(attempt, Step::Prepare, why);
        NOT_YET
    }
}

/// How long a lease lasts where leases lapse. A node may fail to prolong it three times.
pub const LEASE_LASTS: Duration = Duration::from_secs(12);
/// How often leases are prolonged. Together with how long they last, it is how long the releases of a node that died
/// wait for another.
pub const LEASES_KEPT_EVERY: Duration = Duration::from_secs(3);

const fn owner(release: &Release) -> Owner {
    Owner { tenant: release.tenant, partner: release.partner, generation: release.generation }
}

const fn not_yet(error: &CallError) -> Ending {
    Ending::NotYet { retry_after: error.retry_after }
}

fn until(later: Timestamp, now: Timestamp) -> Duration {
    let ticks = u64::try_from(later.ticks().saturating_sub(now.ticks())).unwrap_or(0);
    Duration::from_nanos(ticks.saturating_mul(100))
}

fn update(
    after: &Release,
    before: &Release,
    lease: Lease,
    secret: SecretChange,
    audit: Option<AuditEvent>,
) -> Changeset {
    let partner = PartnerChange::Keep { tenant: after.tenant, id: after.partner };
    let release = after.clone();
    let effects = vec![Effect::UpdateRelease { release, read: before.version, lease: Some(lease), secret }];
    Changeset { about: partner.into(), effects, audit }
}

/// The partner as far as a release remembers it.
fn as_partner(release: &Release) -> Partner {
    Partner {
        tenant: release.tenant,
        id: release.partner,
        display_name: release.partner_name.clone(),
        onboarding_url: None,
        connector: release.connector,
        profile: release.profile.clone(),
        status: Status::NotOnboarded,
        last_connection: Timestamp::NEVER,
        generation: release.generation,
        version: release.version,
    }
}
