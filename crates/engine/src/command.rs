//! Read, decide, commit; and what a decision takes with it beside the partner's row.

use std::time::Duration;

use gangway_domain::{
    Account, Activity, Actor, AuditEvent, AuditEventId, AuditedChange, Change, ChangesetId, Command,
    Correlated, Cut, Decision, Generation, HeldCredential, Outcome, Partner, PartnerId, Release, RequestedBy,
    TenantId, Timestamp, Transition, decide,
};
use uuid::Uuid;

use crate::arrival::unknown;
use crate::{
    AttemptPhase, Changeset, CommitError, CredentialId, Effect, Engine, Error, Field, PartnerChange, Record,
    ReleaseSecret, Sealed, Store,
};

/// How often a use-case reads and decides anew when others change the same partner at the same time.
/// One of all the concurrent callers wins each round, so this is also how many of them can be served.
pub(crate) const MOST_ROUNDS: u32 = 256;

/// How often a changeset is sent again of which nobody knows whether it was committed.
const RESENDS: u32 = 3;

/// How long a code that was being redeemed when it was cut is left to whoever is redeeming it.
const REDEEMING_TIMEOUT: Duration = Duration::from_mins(1);

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
    /// These holdings.
    Holdings(Sealed),
}

/// What a command is about beside its partner.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// What came of the attempt's code, if one is cut.
    pub(crate) obtained: Obtained,
    /// The credential that the command is about, where it is about one: whatever was heard of one credential cuts no other.
    pub(crate) credential: Option<CredentialId>,
}

impl Terms {
    pub(crate) const NONE: Self = Self { obtained: Obtained::Unknown, credential: None };

    pub(crate) const fn obtained(obtained: Obtained) -> Self {
        Self { obtained, credential: None }
    }
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
        self.command_with(asking, &Terms::NONE, command, |_, _| Ok(Extra::default())).await
    }

    /// As [`Engine::command`], on these terms, and with more in the changeset. `extra` gets the partner as it was read and as
    /// it will be.
    pub(crate) async fn command_with(
        &self,
        asking: Asking<'_>,
        terms: &Terms,
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
            let asked = RequestedBy { by: by.clone(), activity: change.activity, at: now };
            let cut = match change.cut {
                Some(cut) => self.cut(&before, cut, terms, asked).await?,
                None => Some(Vec::new()),
            };
            let Some(mut effects) = cut else {
                return Ok(Done { after: Some(before), changed: false });
            };
            let after = after(&change.outcome);
            let more = extra(&before, after.as_ref())?;
            effects.extend(more.effects);
            let mut changeset = self.changeset(&before, change, by, now);
            changeset.effects = effects;
            if let Record::Event(event) = &mut changeset.record {
                event.changes.extend(more.remarks);
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

    /// Commits, and wakes whoever does releases if there is one more. If nobody knows whether it was committed it is sent again,
    /// which its id makes harmless.
    pub(crate) async fn commit(&self, changeset: Changeset) -> Result<(), CommitError> {
        let begins = changeset.effects.iter().any(|effect| match effect {
            Effect::BeginRelease { release, .. } | Effect::UpdateRelease { release, lease: None, .. } => {
                release.is_pending()
            }
            Effect::OpenAttempt(_)
            | Effect::RedeemAttempt { .. }
            | Effect::CloseAttempt { .. }
            | Effect::CountRefusal { .. }
            | Effect::InsertCredential(_)
            | Effect::ReplaceCredential { .. }
            | Effect::UpdateRelease { lease: Some(_), .. } => false,
        });
        let mut committed = self.store.commit(changeset.clone()).await;
        for _ in 0..RESENDS {
            let Err(CommitError::Unknown(why)) = committed else { break };
            committed = match self.store.commit(changeset.clone()).await {
                // That nothing was done now says nothing of what was done before.
                Err(CommitError::Store(_)) => Err(CommitError::Unknown(why)),
                answer => answer,
            };
        }
        if begins && committed.is_ok() {
            self.release_begun.notify_one();
        }
        committed.map(drop)
    }

    /// As [`Engine::commit`]. Whether it was committed: `false` if somebody else was faster.
    pub(crate) async fn committed(&self, changeset: Changeset) -> Result<bool, Error> {
        match self.commit(changeset).await {
            Ok(()) => Ok(true),
            Err(CommitError::Stale | CommitError::Taken) => Ok(false),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(CommitError::Unknown(why)) => Err(unknown(&why).into()),
        }
    }

    /// The id of a changeset that leaves no event.
    pub(crate) fn silent(&self) -> Record {
        Record::Silent(ChangesetId(self.time_ordered_uuid(self.now())))
    }

    /// What goes with a cut: the credential or code goes to a release, and the attempt is over. `None` if it is about another
    /// credential than there is.
    async fn cut(
        &self,
        before: &Partner,
        cut: Cut,
        terms: &Terms,
        asked: RequestedBy,
    ) -> Result<Option<Vec<Effect>>, Error> {
        match cut {
            Cut::Connection => {
                Ok(self.cut_connection(before, terms.credential, asked).await?.map(|effect| vec![effect]))
            }
            Cut::Attempt(_) if !before.connector.consents_elsewhere() => Ok(Some(Vec::new())),
            Cut::Attempt(id) => {
                let Some(attempt) = self.store.attempt(before.tenant, id).await? else {
                    return Ok(Some(Vec::new()));
                };
                let close = Effect::CloseAttempt { id, read: attempt.phase };
                let not_before = asked.at.plus(REDEEMING_TIMEOUT);
                let (secret, not_before) = match (attempt.phase, &terms.obtained) {
                    (AttemptPhase::Redeeming, Obtained::Unknown) => (ReleaseSecret::Code(id), not_before),
                    (AttemptPhase::Redeeming, Obtained::Holdings(sealed)) => {
                        (ReleaseSecret::Given(Field::Credential, sealed.clone()), asked.at)
                    }
                    (AttemptPhase::Redeeming, Obtained::Nothing)
                    | (AttemptPhase::Open | AttemptPhase::Closed, _) => return Ok(Some(vec![close])),
                };
                let held = HeldCredential::Secret { account: None, not_before };
                let release = Release::begin(self.new_release_id(asked.at), before, held, asked);
                Ok(Some(vec![Effect::BeginRelease { release, secret }, close]))
            }
        }
    }

    async fn cut_connection(
        &self,
        before: &Partner,
        about: Option<CredentialId>,
        asked: RequestedBy,
    ) -> Result<Option<Effect>, Error> {
        let credential = if before.connector.gives_credentials() {
            self.store.credential(before.tenant, before.id).await?
        } else {
            None
        };
        if about.is_some() && about != credential.as_ref().map(|credential| credential.id) {
            return Ok(None);
        }
        let id = self.new_release_id(asked.at);
        let (held, secret) = match credential {
            Some(credential) => {
                let held = HeldCredential::Secret { account: credential.account, not_before: asked.at };
                (held, ReleaseSecret::Credential(credential.id))
            }
            None => (HeldCredential::Nothing, ReleaseSecret::Nothing),
        };
        Ok(Some(Effect::BeginRelease { release: Release::begin(id, before, held, asked), secret }))
    }

    /// The changeset that creates a partner.
    pub(crate) fn creation(&self, partner: &Partner, by: &Correlated, at: Timestamp) -> Changeset {
        let audit = self.record(at, by, Activity::Create, Transition::Created(partner));
        let partner = PartnerChange::Insert(partner.clone());
        Changeset { about: partner.into(), effects: Vec::new(), record: Record::Event(audit) }
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
        Changeset { about: partner.into(), effects: Vec::new(), record: Record::Event(audit) }
    }

    /// Sees to it that tokens which came too late for their partner die: they get a release of their own.
    ///
    /// # Errors
    /// Why it could not be committed; the tokens are still alive then. Whether it was: `false` if somebody else was faster.
    pub(crate) async fn release_unclaimed(&self, unclaimed: Unclaimed<'_>) -> Result<bool, Error> {
        let now = self.now();
        let Unclaimed { partner, generation, account, sealed, correlation } = unclaimed;
        let by = Correlated { actor: Actor::Gangway, correlation };
        let asked = RequestedBy { by: by.clone(), activity: Activity::ReleaseUnclaimed, at: now };
        let held = HeldCredential::Secret { account, not_before: now };
        let partner = Partner { generation, ..partner.clone() };
        let release = Release::begin(self.new_release_id(now), &partner, held, asked);
        let id = AuditEventId(self.time_ordered_uuid(now));
        let audit = AuditEvent::of_release(id, now, by, Activity::ReleaseUnclaimed, &release);
        let partner = PartnerChange::Keep { tenant: release.tenant, id: release.partner };
        let secret = ReleaseSecret::Given(Field::Credential, sealed.clone());
        let effects = vec![Effect::BeginRelease { release, secret }];
        self.committed(Changeset { about: partner.into(), effects, record: Record::Event(audit) }).await
    }
}

/// The partner that there is then.
fn after(outcome: &Outcome) -> Option<Partner> {
    match outcome {
        Outcome::Becomes(partner) => Some(partner.clone()),
        Outcome::Removed => None,
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
