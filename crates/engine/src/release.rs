//! One try at a release: revoke, then see of each token whether it is dead.
//!
//! 1. `kill` opens what is held. A code is first redeemed once more. Answers that could not be read
//!    when they came are read again, what has expired is dead, and a token that a live connection
//!    has too is left alone.
//! 2. Then up to three rounds. `probing` asks about tokens that nobody has seen alive, since only
//!    of those that were can it be seen that they are dead. `revocations` revokes every token.
//!    `probing` asks about each again. `refreshes` uses each refresh token that is left: it is
//!    either refused, which proves it dead, or brings new tokens, which take another round.
//! 3. [`Engine::try_release`] writes down what came of it. If the set has an end
//!    ([`gangway_domain::TokenSet::into_end`]), the release is over. Else the next try is written
//!    down, with what stood in the way of this one.
//!
//! What the partner gives on the way is stored before it is used, so a try may end anywhere and
//! begin again.
//!
//! For example, A1 and R1 are held. Introspection calls both alive. R1 and A1 are revoked, and both
//! answers are 200, which proves nothing. Introspection then calls both dead, and the use of A1 is
//! a 401: A1 is dead. R1 is used; `invalid_grant` says that R1 is dead too, and the release is
//! confirmed. Had R1 brought A2 and R2, introspection would have been wrong, so nothing it says
//! counts in this try, and the second round would revoke R1, A2 and R2.

mod context;
mod kill;
mod probe_log;
mod probing;
mod refreshes;
mod revocations;

use std::sync::PoisonError;
use std::time::Duration;

use gangway_domain::{
    Activity, Actor, AuditEvent, AuditEventId, Call, Correlated, End, Ending, Obstacle, Partner, Release,
    ReleaseState, Step, Timestamp, TokenId, TokenLog,
};

use crate::arrival::Destination;
use crate::credential::{AnswerContent, Arrival, Holdings, Owner, PartnerCall, Sealable as _};
use crate::engine::Refresh;
use crate::{
    CallError, Changeset, DueRelease, Effect, Engine, Error, Field, Lease, PartnerChange, Record, Secret,
    SecretChange, Store,
};

/// How a try at a release went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TryOutcome {
    /// The release is this from now on.
    Recorded(Box<Release>),
    /// Somebody else has it, or it was over: what this try found out is not kept.
    Superseded,
}

/// What a try has in hand.
struct Try {
    release: Release,
    lease: Lease,
    /// What is held, and how it was when it was stored last.
    holdings: Option<Holdings>,
    stored: Option<Holdings>,
    /// What was answered since the release was stored last.
    calls: Vec<Call>,
    /// A refresh whose answer, that there is nothing, is not stored yet.
    answered: Option<Refresh>,
}

/// What keeps a try from going on.
#[derive(Debug, Clone, Copy)]
struct Hindrance {
    obstacle: Obstacle,
    retry_after: Option<Duration>,
}

/// Why a try stopped where it was.
enum Stop {
    /// It goes on another time.
    Hindered(Hindrance),
    /// The release is not this node's any more.
    Superseded,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Hindrance> for Stop {
    fn from(hindrance: Hindrance) -> Self {
        Self::Hindered(hindrance)
    }
}

impl Hindrance {
    const fn new(obstacle: Obstacle) -> Self {
        Self { obstacle, retry_after: None }
    }

    const fn from_call(obstacle: Obstacle, error: &CallError) -> Self {
        Self { obstacle, retry_after: error.retry_after }
    }
}

impl<S: Store> Engine<S> {
    /// Releases this node may try now, longest due first. Nobody else tries them while this node's
    /// lease holds.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read, or leases not be taken.
    pub async fn due_releases(&self, at_most: usize) -> Result<Vec<DueRelease>, Error> {
        let now = self.now();
        self.deliver_parked().await;
        if self.leases_need_care(now) {
            self.keep_leases_at(now).await?;
        }
        Ok(self.store.due_releases(self.node, now, at_most).await?)
    }

    /// Prolongs this node's leases, takes those that are nobody's, and answers how many it has. A
    /// node that does so every [`LEASE_RENEWAL_INTERVAL`] loses none.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be written.
    pub async fn keep_leases(&self) -> Result<usize, Error> {
        self.keep_leases_at(self.now()).await
    }

    async fn keep_leases_at(&self, now: Timestamp) -> Result<usize, Error> {
        let held = self.store.lease_parts(self.node, now, LEASE_DURATION).await?;
        *self.leased.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(held)
    }

    /// Also if the clock was set back.
    fn leases_need_care(&self, now: Timestamp) -> bool {
        let leased = *self.leased.lock().unwrap_or_else(PoisonError::into_inner);
        leased.is_none_or(|leased| now < leased || leased.plus(LEASE_RENEWAL_INTERVAL) <= now)
    }

    /// Waits until a release begins.
    pub async fn release_begun(&self) {
        self.release_begun.notified().await;
    }

    /// Tries to bring a release to its end: redeems a code, refreshes where the dialect needs a
    /// live token, revokes every token there is, and looks at each. What the partner gives on the
    /// way is stored before it is used. All of it may be repeated: whatever is done already is
    /// harmless at the partner.
    ///
    /// # Errors
    /// [`Error::Store`] if what was found could not be stored; the release is tried again.
    pub async fn try_release(&self, due: DueRelease) -> Result<TryOutcome, Error> {
        let DueRelease { release, lease } = due;
        let mut attempt =
            Try { release, lease, holdings: None, stored: None, calls: Vec::new(), answered: None };
        let killed = self.kill(&mut attempt).await;
        let connector = attempt.holdings.as_ref().map(|held| held.connector.clone());
        let answered = attempt.answered.take().zip(connector);
        let release = attempt.release.clone();
        let tried = match killed {
            Ok(hindrance) | Err(Stop::Hindered(hindrance)) => self.record_try(attempt, hindrance).await,
            Err(Stop::Superseded) => Ok(TryOutcome::Superseded),
            Err(Stop::Failed(error)) => Err(error),
        };
        // Whoever has the release now would take the answer for lost.
        if let (false, Some((refresh, connector))) = (matches!(tried, Ok(TryOutcome::Recorded(_))), &answered)
        {
            let answer = (PartnerCall::Refresh(refresh.call), AnswerContent::Nothing);
            self.deliver_to_holder(&release, connector.clone(), answer).await;
        }
        tried
    }

    /// Whether it is over follows from the tokens alone: only a set without a living token has an
    /// end. If it has none, the hindrance says why.
    async fn record_try(&self, attempt: Try, hindrance: Hindrance) -> Result<TryOutcome, Error> {
        let Try { release, lease, holdings, stored, calls, answered: _ } = attempt;
        let changed = holdings != stored;
        let (ending, tokens, secret) = match holdings {
            None => (not_yet(hindrance), release.tokens.clone(), SecretChange::Keep),
            Some(holdings) => match end_of(holdings) {
                Ok(end) => (Ending::Over(end), TokenLog::default(), SecretChange::Keep),
                Err(holdings) if changed => {
                    let secret = self.resealed(&release, &holdings)?;
                    (not_yet(hindrance), holdings.set.log(), secret)
                }
                Err(holdings) => (not_yet(hindrance), holdings.set.log(), SecretChange::Keep),
            },
        };
        let now = self.now();
        let Some(after) = release.tried(now, (calls, tokens), ending, self.random_number()) else {
            return Ok(TryOutcome::Superseded);
        };
        let record = match ended_as(&after) {
            None => self.silent(),
            Some(activity) => {
                let by = Correlated { actor: Actor::Gangway, correlation: after.asked.by.correlation };
                let id = AuditEventId(self.time_ordered_uuid(now));
                Record::Event(AuditEvent::of_release(id, now, by, activity, &after))
            }
        };
        let recorded = self.committed(update(&after, &release, lease, secret, record)).await?;
        Ok(if recorded { TryOutcome::Recorded(Box::new(after)) } else { TryOutcome::Superseded })
    }

    fn resealed(&self, release: &Release, holdings: &Holdings) -> Result<SecretChange, Error> {
        let sealed = holdings.seal(&*self.ports.vault, Owner::of_release(release))?;
        Ok(SecretChange::Replace(Field::Credential, sealed))
    }

    /// Stores what is held, and what was answered. If this release is not ours to change any more,
    /// whoever has it has what was stored before, or has destroyed it.
    async fn keep_holdings(&self, attempt: &mut Try, holdings: Holdings) -> Result<(), Stop> {
        let secret = self.resealed(&attempt.release, &holdings)?;
        attempt.release.tokens = holdings.set.log();
        self.keep_secret(attempt, secret).await?;
        attempt.stored = Some(holdings.clone());
        attempt.answered = None;
        attempt.holdings = Some(holdings);
        Ok(())
    }

    async fn keep_secret(&self, attempt: &mut Try, secret: SecretChange) -> Result<(), Stop> {
        let before = &attempt.release;
        let mut after = Release { version: before.version.next(), ..before.clone() };
        after.calls.extend(attempt.calls.drain(..));
        if !self.committed(update(&after, before, attempt.lease, secret, self.silent())).await? {
            return Err(Stop::Superseded);
        }
        attempt.release = after;
        Ok(())
    }

    /// Stores what the partner gave just now. If this release is not ours to change any more, that
    /// comes to whoever has it, or gets a release of its own: nobody else has it.
    async fn keep_answer(
        &self,
        attempt: &mut Try,
        holdings: Holdings,
        (to, content): (PartnerCall, AnswerContent),
    ) -> Result<(), Stop> {
        let connector = holdings.connector.clone();
        let kept = self.keep_holdings(attempt, holdings).await;
        if kept.is_err() {
            self.deliver_to_holder(&attempt.release, connector, (to, content)).await;
        }
        kept
    }

    /// Brings an answer to whoever has the release now.
    async fn deliver_to_holder(
        &self,
        release: &Release,
        connector: Secret,
        (to, content): (PartnerCall, AnswerContent),
    ) {
        let arrival = Arrival {
            partner: as_partner(release),
            generation: release.generation,
            account: release.account.clone(),
            connector,
            to,
            content,
            correlation: release.asked.by.correlation,
        };
        match self.deliver(arrival).await {
            Destination::Connection | Destination::Release | Destination::Parked => {}
        }
    }

    fn note(&self, attempt: &mut Try, step: Step, token: Option<TokenId>, answer: &str) {
        attempt.calls.push(Call::new(self.now(), step, token, answer));
    }

    fn unprepared(&self, attempt: &mut Try, why: &str) -> Hindrance {
        self.note(attempt, Step::Prepare, None, why);
        Hindrance::new(Obstacle::NotPrepared)
    }
}

/// The end of all that is held, or that as it is: while an answer may be on its way there is none.
#[expect(clippy::result_large_err, reason = "whoever is told that it is not over goes on with it")]
fn end_of(holdings: Holdings) -> Result<End, Holdings> {
    if holdings.under_way.is_some() {
        return Err(holdings);
    }
    let Holdings { set, under_way, connector } = holdings;
    set.into_end().map_err(|set| Holdings { set, under_way, connector })
}

/// What the audit calls the end of a release.
const fn ended_as(after: &Release) -> Option<Activity> {
    match &after.state {
        ReleaseState::Pending { .. } => None,
        ReleaseState::Confirmed(_) => Some(Activity::ConfirmRelease),
        ReleaseState::Unaccounted(..) => Some(Activity::EndRelease),
        ReleaseState::Forced(_) => Some(Activity::ForceRelease),
    }
}

/// How long a lease lasts where leases lapse. A node may fail to prolong it three times.
pub const LEASE_DURATION: Duration = Duration::from_secs(12);
/// How often leases are prolonged. Together with how long they last, it is how long the releases of
/// a node that died wait for another.
pub const LEASE_RENEWAL_INTERVAL: Duration = Duration::from_secs(3);

const fn not_yet(hindrance: Hindrance) -> Ending {
    let Hindrance { obstacle, retry_after } = hindrance;
    Ending::NotYet { obstacle, retry_after }
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
    record: Record,
) -> Changeset {
    let partner = PartnerChange::Keep { tenant: after.tenant, id: after.partner };
    let release = after.clone();
    let effects = vec![Effect::UpdateRelease { release, read: before.version, lease: Some(lease), secret }];
    Changeset { about: partner.into(), effects, record }
}

/// The partner as far as a release remembers it.
fn as_partner(release: &Release) -> Partner {
    Partner {
        display_name: release.partner_name.clone(),
        profile: release.profile.clone(),
        generation: release.generation,
        version: release.version,
        ..Partner::blank(release.tenant, release.partner, release.connector)
    }
}
