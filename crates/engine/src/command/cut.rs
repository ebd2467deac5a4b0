//! What goes with a cut: a credential or a code that is used no more gets a release.

use std::time::Duration;

use gangway_domain::{
    Account, Activity, Actor, AttemptId, AuditEvent, AuditEventId, Change, Correlated, Cut, Generation,
    HeldCredential, Partner, Release, RequestedBy, Timestamp,
};
use uuid::Uuid;

use super::{Obtained, Terms};
use crate::{
    AttemptPhase, Changeset, CredentialId, Effect, Engine, Error, Field, PartnerChange, Record,
    ReleaseSecret, Sealed, Store,
};

/// How long a code that was being redeemed when it was cut is left to whoever is redeeming it.
const REDEEMING_TIMEOUT: Duration = Duration::from_mins(1);

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

impl<S: Store> Engine<S> {
    /// What goes with a change that cuts something: the credential or code goes to a release, and
    /// the attempt is over. `None` if the command is about another credential than there is.
    pub(super) async fn effects_of_cut(
        &self,
        before: &Partner,
        change: &Change,
        terms: &Terms,
        (by, at): (&Correlated, Timestamp),
    ) -> Result<Option<Vec<Effect>>, Error> {
        let asked = RequestedBy { by: by.clone(), activity: change.activity, at };
        match change.cut {
            None => Ok(Some(Vec::new())),
            Some(Cut::Connection) => {
                let effect = self.cut_connection(before, terms.credential, asked).await?;
                Ok(effect.map(|effect| vec![effect]))
            }
            Some(Cut::Attempt(_)) if !before.connector.consents_elsewhere() => Ok(Some(Vec::new())),
            Some(Cut::Attempt(id)) => self.cut_attempt(before, id, terms, asked).await.map(Some),
        }
    }

    async fn cut_attempt(
        &self,
        before: &Partner,
        id: AttemptId,
        terms: &Terms,
        asked: RequestedBy,
    ) -> Result<Vec<Effect>, Error> {
        let Some(attempt) = self.store.attempt(before.tenant, id).await? else {
            return Ok(Vec::new());
        };
        let close = Effect::CloseAttempt { id, read: attempt.phase };
        let (secret, not_before) = match (attempt.phase, &terms.obtained) {
            (AttemptPhase::Redeeming, Obtained::Unknown) => {
                (ReleaseSecret::Code(id), asked.at.plus(REDEEMING_TIMEOUT))
            }
            (AttemptPhase::Redeeming, Obtained::Holdings(sealed)) => {
                (ReleaseSecret::Given(Field::Credential, sealed.clone()), asked.at)
            }
            (AttemptPhase::Redeeming, Obtained::Nothing) | (AttemptPhase::Open | AttemptPhase::Closed, _) => {
                return Ok(vec![close]);
            }
        };
        let held = HeldCredential::Secret { account: None, not_before };
        let release = Release::begin(self.new_release_id(asked.at), before, held, asked);
        Ok(vec![Effect::BeginRelease { release, secret }, close])
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

    /// Sees to it that tokens which came too late for their partner die: they get a release of
    /// their own.
    ///
    /// # Errors
    /// Why it could not be committed; the tokens are still alive then. Whether it was: `false` if
    /// somebody else was faster.
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
