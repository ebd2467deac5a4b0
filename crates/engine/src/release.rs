//! One try at a release: revoke, then look whether it is dead.

use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{
    Activity, Actor, AuditEvent, AuditEventId, Call, Correlated, Ending, Partner, Proof, Release, Status,
    Step, Timestamp,
};

use crate::command::Unclaimed;
use crate::credential::{Code, Owner, Sealable as _, Tokens};
use crate::{
    CallError, CallFailure, CallResult, Changeset, CommitError, Connector, DueRelease, Effect, Engine, Error,
    Field, Lease, Life, Liveness, PartnerChange, Revokes, Secret, SecretChange, Store,
};

/// How often one try revokes what a refresh has given it, before it leaves the rest to the next.
const MOST_ROUNDS: u32 = 3;

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
        self.store.lease_parts(self.node, now, LEASE_LASTS).await?;
        Ok(self.store.due_releases(self.node, now, at_most).await?)
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

    async fn kill(&self, attempt: &mut Try) -> Result<Ending, Stop> {
        let release = &attempt.release;
        let secret = self.store.release_secret(release.tenant, release.id).await.map_err(Error::from)?;
        let Some((field, sealed)) = secret else {
            return Ok(self.unprepared(attempt, "the credential is not there"));
        };
        let (vault, owner) = (&*self.ports.vault, owner(release));
        let (tokens, connector) = match field {
            Field::Credential => match Tokens::open(vault, owner, &sealed) {
                Ok(tokens) => {
                    let connector = self.connector_for(release, &tokens.connector);
                    (tokens, connector)
                }
                Err(error) => return Ok(self.unprepared(attempt, &error.to_string())),
            },
            Field::Code => match Code::open(vault, owner, &sealed) {
                Ok(code) => return self.kill_code(attempt, &code).await,
                Err(error) => return Ok(self.unprepared(attempt, &error.to_string())),
            },
            Field::Attempt => return Ok(self.unprepared(attempt, "what is kept is no credential")),
        };
        match connector {
            Some(connector) => self.kill_tokens(attempt, &*connector, tokens).await,
            None => Ok(self.unprepared(attempt, NO_CONNECTOR)),
        }
    }

    /// The profile as it is configured now, because its secret may be another; else as it was when the grant was
    /// given.
    fn connector_for(&self, release: &Release, snapshot: &Secret) -> Option<Arc<dyn Connector>> {
        let connectors = &self.ports.connectors;
        let configured = connectors.connector(release.connector, release.profile.as_ref());
        configured.or_else(|| connectors.restore(release.connector, snapshot))
    }

    /// A code of which nobody knows what came: redeemed now, so that it is spent and what it gives can be revoked.
    async fn kill_code(&self, attempt: &mut Try, code: &Code) -> Result<Ending, Stop> {
        let Some(connector) = self.connector_for(&attempt.release, &code.connector) else {
            return Ok(self.unprepared(attempt, NO_CONNECTOR));
        };
        match connector.redeem(&code.code, &code.verifier).await {
            Ok(grant) => {
                self.note(attempt, Step::Redeem, &grant.answer.0);
                let tokens = Tokens::granted(grant, code.connector.clone(), self.now());
                self.keep_for_release(attempt, &*connector, &tokens).await?;
                self.kill_tokens(attempt, &*connector, tokens).await
            }
            Err(error) => {
                self.note(attempt, Step::Redeem, &error.answer);
                if error.kind == CallFailure::Refused {
                    Ok(Ending::Dead(vec![Proof::CodeRefused]))
                } else {
                    Ok(not_yet(&error))
                }
            }
        }
    }

    async fn kill_tokens(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        mut tokens: Tokens,
    ) -> Result<Ending, Stop> {
        for round in 1..=MOST_ROUNDS {
            match connector.revokes() {
                Revokes::EachToken => self.revoke_each(attempt, connector, &tokens).await?,
                Revokes::LiveAccessToken => self.revoke_live(attempt, connector, &mut tokens).await?,
                Revokes::Nothing => {}
            }
            // Looking takes a fresh token where the grant lives, and that would live until the next try.
            if round == MOST_ROUNDS {
                break;
            }
            let probed = connector.probe(&tokens.access_token, tokens.refresh_token.as_ref()).await;
            let seen = self.noted(attempt, Step::Probe, probed, |seen: &Liveness| &seen.answer.0)?;
            let refresh_proof = match (&tokens.refresh_token, seen.refresh_token) {
                (None, _) => Proof::NoRefreshToken,
                (Some(_), Life::Dead(proof)) => proof,
                (Some(_), Life::Alive) => return Ok(NOT_YET),
                (Some(_), Life::Unknown) => match self.refresh(attempt, connector, &tokens).await? {
                    None => Proof::RefreshTokenRefused,
                    Some(new) => {
                        // It was alive, and so is what it has given now.
                        tokens = new;
                        continue;
                    }
                },
            };
            let now = self.now();
            return Ok(match seen.access_token {
                Life::Dead(proof) => Ending::Dead(vec![refresh_proof, proof]),
                Life::Alive => NOT_YET,
                Life::Unknown if tokens.expires <= now => {
                    Ending::Dead(vec![refresh_proof, Proof::AccessTokenExpired])
                }
                Life::Unknown => Ending::NotYet { retry_after: Some(until(tokens.expires, now)) },
            });
        }
        Ok(NOT_YET)
    }

    /// The refresh token first: with it the whole grant should go (RFC 7009, section 2.1), while without the access
    /// token it may well go on.
    async fn revoke_each(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        tokens: &Tokens,
    ) -> Result<(), Stop> {
        if let Some(token) = &tokens.refresh_token {
            let revoked = connector.revoke_refresh_token(token).await;
            self.revoked(attempt, Step::RevokeRefreshToken, revoked)?;
        }
        let revoked = connector.revoke_access_token(&tokens.access_token).await;
        self.revoked(attempt, Step::RevokeAccessToken, revoked)
    }

    /// What is revoked is the token that comes with the call, so it has to be alive.
    async fn revoke_live(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        tokens: &mut Tokens,
    ) -> Result<(), Stop> {
        if tokens.expires <= self.now()
            && let Some(new) = self.refresh(attempt, connector, tokens).await?
        {
            *tokens = new;
        }
        let revoked = connector.revoke_access_token(&tokens.access_token).await;
        self.revoked(attempt, Step::RevokeAccessToken, revoked)
    }

    /// Whatever a partner says here is no proof; only where it could not be reached is there no use in going on.
    fn revoked(&self, attempt: &mut Try, step: Step, answer: CallResult<crate::Answer>) -> Result<(), Stop> {
        match answer {
            Ok(answer) => self.note(attempt, step, &answer.0),
            Err(error) => {
                self.note(attempt, step, &error.answer);
                if error.kind == CallFailure::Unclear {
                    return Err(Stop::Ended(not_yet(&error)));
                }
            }
        }
        Ok(())
    }

    /// Fresh tokens, stored before they are used; `None` if the partner gives none for this refresh token.
    async fn refresh(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        tokens: &Tokens,
    ) -> Result<Option<Tokens>, Stop> {
        let Some(token) = &tokens.refresh_token else { return Ok(None) };
        match connector.refresh(token).await {
            Ok(grant) => {
                self.note(attempt, Step::Refresh, &grant.answer.0);
                let new = tokens.refreshed(grant, self.now());
                self.keep_for_release(attempt, connector, &new).await?;
                Ok(Some(new))
            }
            Err(error) => {
                self.note(attempt, Step::Refresh, &error.answer);
                if error.kind == CallFailure::Refused { Ok(None) } else { Err(Stop::Ended(not_yet(&error))) }
            }
        }
    }

    async fn keep_for_release(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        tokens: &Tokens,
    ) -> Result<(), Stop> {
        let before = attempt.release.clone();
        let sealed = tokens.seal(&*self.ports.vault, owner(&before)).map_err(Error::from)?;
        let mut after = Release { version: before.version.next(), ..before.clone() };
        after.calls.extend(attempt.calls.drain(..));
        let secret = SecretChange::Replace(Field::Credential, sealed.clone());
        match self.commit(update(&after, &before, attempt.lease, secret, None)).await {
            Ok(()) => {
                attempt.release = after;
                Ok(())
            }
            Err(error) => {
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
                Err(match error {
                    CommitError::Stale | CommitError::Taken => Stop::Superseded,
                    CommitError::Store(error) => Stop::Failed(error.into()),
                })
            }
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

const NO_CONNECTOR: &str = "the profile it was connected by is not in the configuration";

/// How long a lease lasts where leases lapse; each look for due releases prolongs it.
const LEASE_LASTS: Duration = Duration::from_secs(30);

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
    Changeset { partner, effects, audit }
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
