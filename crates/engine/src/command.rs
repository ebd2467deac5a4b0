//! Read, decide, commit; and what a decision takes with it beside the partner's row.

use std::time::Duration;

use gangway_domain::{
    Account, Activity, Actor, Asked, AuditEvent, AuditEventId, AuditedChange, Change, Command, Correlated,
    Cut, Decision, Generation, Held, Outcome, Partner, PartnerId, Release, TenantId, Timestamp, Transition,
    decide,
};
use uuid::Uuid;

use crate::{
    AttemptPhase, Changeset, CommitError, Effect, Engine, Error, Field, PartnerChange, ReleaseSecret, Sealed,
    Store,
};

/// How often a use-case reads and decides anew when others change the same partner at the same time.
/// One of all the concurrent callers wins each round, so this is also how many of them can be served.
pub(crate) const MOST_ROUNDS: u32 = 256;

/// How long a code that was being redeemed when it was cut is left to whoever is redeeming it.
const REDEEMING_LASTS: Duration = Duration::from_mins(1);

/// Who asks for what to be done to which partner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) id: PartnerId,
    pub(crate) by: &'a Correlated,
}

/// What is known to have come of an attempt's code.
#[derive(Debug, Clone)]
pub(crate) enum Obtained {
    /// Nothing is known: the partner may have given tokens for it.
    Unknown,
    /// The partner gave nothing.
    Nothing,
    /// These tokens.
    Tokens(Sealed),
}

/// What a command has come to.
#[derive(Debug)]
pub(crate) struct Done {
    /// The partner as it is now; `None` if it was removed.
    pub(crate) after: Option<Partner>,
    /// Whether there was anything to do.
    pub(crate) changed: bool,
}

/// What a use-case adds to the changeset of its command.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) effects: Vec<Effect>,
    pub(crate) remarks: Vec<AuditedChange>,
}

impl<S: Store> Engine<S> {
    /// Reads, decides, commits; and again from the start where somebody else was faster.
    pub(crate) async fn command(
        &self,
        asking: Asking<'_>,
        command: impl Fn(Timestamp) -> Command + Send,
    ) -> Result<Done, Error> {
        self.command_with(asking, &Obtained::Unknown, command, |_, _| Ok(Extra::default())).await
    }

    /// As [`Engine::command`], with what was obtained for an attempt, and with more in the changeset. `extra` gets
    /// the partner as it was read and as it will be.
    pub(crate) async fn command_with(
        &self,
        asking: Asking<'_>,
        obtained: &Obtained,
        command: impl Fn(Timestamp) -> Command + Send,
        extra: impl Fn(&Partner, Option<&Partner>) -> Result<Extra, Error> + Send,
    ) -> Result<Done, Error> {
        let Asking { tenant, id, by } = asking;
        for _ in 0..MOST_ROUNDS {
            let before = self.store.partner(tenant, id).await?.ok_or(Error::NoSuchPartner(id))?;
            let now = self.now();
            let Decision::Changed(change) = decide(&before, &command(now), now)? else {
                return Ok(Done { after: Some(before), changed: false });
            };
            let asked = Asked { by: by.clone(), activity: change.activity, at: now };
            let mut effects = match change.cut {
                Some(cut) => self.cut(&before, cut, obtained, asked).await?,
                None => Vec::new(),
            };
            let after = match &change.outcome {
                Outcome::Becomes(partner) => Some(partner.clone()),
                Outcome::Removed => None,
            };
            let more = extra(&before, after.as_ref())?;
            effects.extend(more.effects);
            let mut changeset = self.changeset(&before, change, by, now);
            changeset.effects = effects;
            if let Some(audit) = &mut changeset.audit {
                audit.changes.extend(more.remarks);
            }
            match self.commit(changeset).await {
                Ok(()) => return Ok(Done { after, changed: true }),
                Err(error) => {
                    if let Some(error) = Error::from_commit(error, id) {
                        return Err(error);
                    }
                }
            }
        }
        Err(Error::Contended(id.into()))
    }

    /// Commits, and wakes whoever does releases if there is one more.
    pub(crate) async fn commit(&self, changeset: Changeset) -> Result<(), CommitError> {
        let begins = changeset.effects.iter().any(|effect| match effect {
            Effect::BeginRelease { release, .. } => release.is_pending(),
            Effect::OpenAttempt(_)
            | Effect::RedeemAttempt { .. }
            | Effect::CloseAttempt { .. }
            | Effect::CountRefusal { .. }
            | Effect::InsertCredential(_)
            | Effect::ReplaceCredential { .. }
            | Effect::UpdateRelease { .. } => false,
        });
        self.store.commit(changeset).await?;
        if begins {
            self.release_begun.notify_one();
        }
        Ok(())
    }

    /// What goes with a cut: the credential or code goes to a release, and the attempt is over.
    async fn cut(
        &self,
        before: &Partner,
        cut: Cut,
        obtained: &Obtained,
        asked: Asked,
    ) -> Result<Vec<Effect>, Error> {
        match cut {
            Cut::Connection => Ok(vec![self.cut_connection(before, asked).await?]),
            Cut::Attempt(_) if !before.connector.consents_elsewhere() => Ok(Vec::new()),
            Cut::Attempt(id) => {
                let Some(attempt) = self.store.attempt(before.tenant, id).await? else {
                    return Ok(Vec::new());
                };
                let close = Effect::CloseAttempt { id, read: attempt.phase };
                let not_before = asked.at.plus(REDEEMING_LASTS);
                let (secret, not_before) = match (attempt.phase, obtained) {
                    (AttemptPhase::Redeeming, Obtained::Unknown) => (ReleaseSecret::Code(id), not_before),
                    (AttemptPhase::Redeeming, Obtained::Tokens(sealed)) => {
                        (ReleaseSecret::Given(Field::Credential, sealed.clone()), asked.at)
                    }
                    (AttemptPhase::Redeeming, Obtained::Nothing)
                    | (AttemptPhase::Open | AttemptPhase::Closed, _) => return Ok(vec![close]),
                };
                let held = Held::Secret { account: None, not_before };
                let release = Release::begin(self.new_release_id(asked.at), before, held, asked);
                Ok(vec![Effect::BeginRelease { release, secret }, close])
            }
        }
    }

    async fn cut_connection(&self, before: &Partner, asked: Asked) -> Result<Effect, Error> {
        let credential = if before.connector.gives_credentials() {
            self.store.credential(before.tenant, before.id).await?
        } else {
            None
        };
        let id = self.new_release_id(asked.at);
        let (held, secret) = match credential {
            Some(credential) => {
                let held = Held::Secret { account: credential.account, not_before: asked.at };
                (held, ReleaseSecret::Credential)
            }
            None => (Held::Nothing, ReleaseSecret::Nothing),
        };
        Ok(Effect::BeginRelease { release: Release::begin(id, before, held, asked), secret })
    }

    /// The changeset that creates a partner.
    pub(crate) fn creation(&self, partner: &Partner, by: &Correlated, at: Timestamp) -> Changeset {
        let audit = self.record(at, by, Activity::Create, Transition::Created(partner));
        let partner = PartnerChange::Insert(partner.clone());
        Changeset { about: partner.into(), effects: Vec::new(), audit: Some(audit) }
    }

    /// The changeset of a decision about a partner: its row, and the audit event that goes with it.
    fn changeset(&self, before: &Partner, change: Change, by: &Correlated, at: Timestamp) -> Changeset {
        let read = before.version;
        let (partner, audit) = match change.outcome {
            Outcome::Becomes(partner) => {
                let transition = Transition::Changed { before, after: &partner };
                let audit = self.record(at, by, change.activity, transition);
                (PartnerChange::Update { partner, read }, audit)
            }
            Outcome::Removed => {
                let audit = self.record(at, by, change.activity, Transition::Removed(before));
                (PartnerChange::Delete { tenant: before.tenant, id: before.id, read }, audit)
            }
        };
        Changeset { about: partner.into(), effects: Vec::new(), audit: Some(audit) }
    }

    /// Sees to it that tokens which came too late for their partner die: they get a release of their own.
    ///
    /// # Errors
    /// Why it could not be committed; the tokens are still alive then.
    pub(crate) async fn release_unclaimed(&self, unclaimed: Unclaimed<'_>) -> Result<(), CommitError> {
        let now = self.now();
        let Unclaimed { partner, generation, account, sealed, correlation } = unclaimed;
        let by = Correlated { actor: Actor::Gangway, correlation };
        let asked = Asked { by: by.clone(), activity: Activity::ReleaseUnclaimed, at: now };
        let held = Held::Secret { account, not_before: now };
        let partner = Partner { generation, ..partner.clone() };
        let release = Release::begin(self.new_release_id(now), &partner, held, asked);
        let id = AuditEventId(self.time_ordered_uuid(now));
        let audit = AuditEvent::of_release(id, now, by, Activity::ReleaseUnclaimed, &release);
        let partner = PartnerChange::Keep { tenant: release.tenant, id: release.partner };
        let secret = ReleaseSecret::Given(Field::Credential, sealed.clone());
        let effects = vec![Effect::BeginRelease { release, secret }];
        self.commit(Changeset { about: partner.into(), effects, audit: Some(audit) }).await
    }
}

/// Tokens nobody waits for any more.
#[derive(Debug)]
pub(crate) struct Unclaimed<'a> {
    /// The partner, at whatever generation.
    pub(crate) partner: &'a Partner,
    /// The generation they were sealed for.
    pub(crate) generation: Generation,
    pub(crate) account: Option<Account>,
    pub(crate) sealed: &'a Sealed,
    pub(crate) correlation: Uuid,
}
