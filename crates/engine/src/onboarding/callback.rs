//! What comes back from a partner with an administrator's browser.

use gangway_domain::{
    Activity, Actor, AttemptId, AuditEvent, AuditEventId, Audited, AuditedChange, Command, Correlated,
    Origin, Partner, ProfileName, Timestamp, Unread,
};
use uuid::Uuid;

use super::Connected;
use super::state::{BrowserKey, State};
use crate::command::{Asking, Extra, Obtained, Terms};
use crate::credential::{
    AnswerContent, Arrival, AttemptSecret, Code, Holdings, Owner, PartnerCall, Sealable as _,
};
use crate::{
    AttemptPhase, CallError, CallFailure, CallbackRefusal, Changeset, Connector, Effect, Engine, Error,
    PartnerChange, Record, Secret, Store, StoredAttempt,
};

/// How many refused callbacks of one attempt are recorded, so that whoever has its state cannot
/// fill the audit.
const MOST_REFUSALS: u32 = 8;

/// What the browser brought.
#[derive(Debug, Clone)]
pub struct Callback {
    /// The profile whose redirect URI it came to.
    pub profile: ProfileName,
    /// `state`
    pub state: Option<String>,
    /// `code`
    pub code: Option<Secret>,
    /// `error`
    pub error: Option<String>,
    /// `iss` (RFC 9207)
    pub issuer: Option<String>,
    /// The request's id.
    pub correlation: Uuid,
}

impl<S: Store> Engine<S> {
    /// Takes the answer of a partner: redeems its code and connects the partner. `browser_key` is
    /// what the browser has kept of its visit for this attempt.
    ///
    /// # Errors
    /// [`Error::Callback`] if it is not taken, of which the audit keeps a record where the attempt
    /// is known; [`Error::Partner`] if the partner gave no tokens for its code: the partner is not
    /// onboarded then, and whatever it may have given is released; [`Error::Refused`] if it was cut
    /// meanwhile, [`Error::Vault`], [`Error::Store`], [`Error::Contended`].
    pub async fn callback(
        &self,
        callback: &Callback,
        browser_key: impl FnOnce(AttemptId) -> Option<String> + Send,
    ) -> Result<Connected, Error> {
        let unknown = CallbackRefusal::Unknown;
        let state = callback.state.as_deref().and_then(State::parse).ok_or(unknown)?;
        let attempt = self.store.attempt(state.tenant, state.attempt).await?.ok_or(unknown)?;
        let partner = self.store.partner(state.tenant, attempt.partner).await?.ok_or(unknown)?;
        let key = browser_key(state.attempt).as_deref().and_then(BrowserKey::from_text);
        let (code, secret) = match self.taken(callback, &state, &attempt, &partner, key).await {
            Ok(taken) => taken,
            Err(Error::Callback(refusal)) => {
                self.record_refusal(&attempt, &partner, refusal, callback).await?;
                return Err(refusal.into());
            }
            Err(error) => return Err(error),
        };
        let connector = self.connector_through(&partner, &secret.connector)?;
        let code = self.begin_redeeming(&attempt, &partner, (code, secret), callback).await?;
        self.redeem(&attempt, &partner, &*connector, &code, callback.correlation).await
    }

    /// The code, if everything about the callback is as it should be, and the attempt's secret.
    async fn taken<'a>(
        &self,
        callback: &'a Callback,
        state: &State,
        attempt: &StoredAttempt,
        partner: &Partner,
        browser: Option<BrowserKey>,
    ) -> Result<(&'a Secret, AttemptSecret), Error> {
        use CallbackRefusal as R;
        if !state.has_secret_of(&attempt.state_hash) {
            return Err(R::Foreign.into());
        }
        if !browser.is_some_and(|key| state.is_for(&key)) {
            return Err(R::OtherBrowser.into());
        }
        if partner.profile.as_ref() != Some(&callback.profile) {
            return Err(R::MixedUp.into());
        }
        self.check_open(attempt, partner)?;
        let sealed = attempt.secret.as_ref().ok_or(R::Late)?;
        let secret = AttemptSecret::open(
            &*self.ports.vault,
            Owner::at_generation(partner, attempt.generation),
            sealed,
        )?;
        let connector = self.connector_through(partner, &secret.connector)?;
        if !connector.is_issuer(callback.issuer.as_deref()).await? {
            return Err(R::MixedUp.into());
        }
        if callback.error.is_some() {
            return Err(R::NotConsented.into());
        }
        let code = callback.code.as_ref().ok_or(R::Empty)?;
        Ok((code, secret))
    }

    /// That the attempt can still be answered.
    fn check_open(&self, attempt: &StoredAttempt, partner: &Partner) -> Result<(), CallbackRefusal> {
        match attempt.phase {
            AttemptPhase::Open => {}
            AttemptPhase::Redeeming => return Err(CallbackRefusal::Replayed),
            AttemptPhase::Closed => return Err(CallbackRefusal::Late),
        }
        let pending = partner.attempt().filter(|pending| pending.id == attempt.id);
        if pending.is_some_and(|pending| pending.expires > self.now()) {
            Ok(())
        } else {
            Err(CallbackRefusal::Late)
        }
    }

    async fn record_refusal(
        &self,
        attempt: &StoredAttempt,
        partner: &Partner,
        refusal: CallbackRefusal,
        callback: &Callback,
    ) -> Result<(), Error> {
        if attempt.refusals >= MOST_REFUSALS {
            return Ok(());
        }
        let now = self.now();
        let audit = AuditEvent {
            id: AuditEventId(self.time_ordered_uuid(now)),
            tenant: partner.tenant,
            at: now,
            activity: Activity::RefuseCallback,
            by: Correlated { actor: Actor::Partner, correlation: callback.correlation },
            resource: partner.id.into(),
            resource_name: partner.display_name.clone(),
            generation: partner.generation,
            changes: vec![AuditedChange::now(Audited::Reason, refusal.to_string())],
        };
        let partner = PartnerChange::Keep { tenant: partner.tenant, id: partner.id };
        let effects = vec![Effect::CountRefusal { id: attempt.id }];
        // If it is not, the attempt was forgotten meanwhile.
        self.committed(Changeset { about: partner.into(), effects, record: Record::Event(audit) }).await?;
        Ok(())
    }

    /// Consumes the attempt, in one commit that keeps the code: if this process ends before it is
    /// known what the partner gave for it, somebody else finds out.
    async fn begin_redeeming(
        &self,
        attempt: &StoredAttempt,
        partner: &Partner,
        (code, secret): (&Secret, AttemptSecret),
        callback: &Callback,
    ) -> Result<Code, Error> {
        let (owner, vault) = (Owner::at_generation(partner, attempt.generation), &*self.ports.vault);
        let AttemptSecret { verifier, connector, .. } = secret;
        let code = Code { text: code.clone(), verifier, connector, again: false };
        let redeem = Effect::RedeemAttempt { id: attempt.id, code: code.seal(vault, owner)? };
        let keep = PartnerChange::Keep { tenant: partner.tenant, id: partner.id };
        let changeset = Changeset { about: keep.into(), effects: vec![redeem], record: self.silent() };
        // Where nobody knows and it was consumed, its code is kept, and becomes a release when the
        // attempt is over.
        if self.committed(changeset).await? {
            return Ok(code);
        }
        let refusal = CallbackRefusal::Replayed;
        self.record_refusal(attempt, partner, refusal, callback).await?;
        Err(refusal.into())
    }

    async fn redeem(
        &self,
        attempt: &StoredAttempt,
        partner: &Partner,
        connector: &dyn Connector,
        code: &Code,
        correlation: Uuid,
    ) -> Result<Connected, Error> {
        let failing = Failing { attempt, partner, code, correlation };
        let grant = match connector.redeem(&code.text, &code.verifier).await {
            Ok(grant) => grant,
            Err(error) => return Err(self.fail_without_tokens(&failing, error).await),
        };
        let given = self.named(grant, Origin::Code);
        let (account, unknown) = match connector.account(&given.access.1).await {
            Ok(account) => (account, None),
            Err(error) => (None, Some(error)),
        };
        let call = (failing.call(), code.connector.clone());
        let granted = self.granted(partner, attempt.generation, connector, call, (given, account)).await?;
        match unknown {
            None => self.accept(partner, attempt.id, granted, correlation).await,
            Some(error) => {
                let obtained = Obtained::Holdings(granted.sealed.clone());
                let (error, released) = self.fail(&failing, obtained, error).await;
                if !released {
                    self.deliver_granted(partner, attempt.generation, &granted, correlation).await;
                }
                Err(error)
            }
        }
    }

    /// The partner gave no tokens for its code, or none that could be read. If somebody else has
    /// cut the attempt by now, the release of the code waits for just that answer.
    async fn fail_without_tokens(&self, failing: &Failing<'_>, error: CallError) -> Error {
        let Failing { attempt, partner, code, correlation } = *failing;
        let unread = error.unread.clone().map(|body| Unread { at: self.now(), origin: Origin::Code, body });
        let (obtained, content) = match (error.kind, unread) {
            (_, Some(unread)) => {
                let mut holdings = Holdings::empty(code.connector.clone());
                holdings.set.keep_unread(unread.clone());
                match holdings.seal(&*self.ports.vault, Owner::at_generation(partner, attempt.generation)) {
                    Ok(sealed) => (Obtained::Holdings(sealed), Some(AnswerContent::Unread(unread))),
                    Err(error) => return error.into(),
                }
            }
            (CallFailure::Unclear, None) => (Obtained::Unknown, None),
            (
                CallFailure::Refused | CallFailure::RefusesUs | CallFailure::Rejected | CallFailure::NotDone,
                None,
            ) => (Obtained::Nothing, Some(AnswerContent::Nothing)),
        };
        let (error, released) = self.fail(failing, obtained, error).await;
        if let (false, Some(content)) = (released, content) {
            let arrival = Arrival {
                partner: partner.clone(),
                generation: attempt.generation,
                account: None,
                connector: code.connector.clone(),
                to: failing.call(),
                content,
                correlation,
            };
            self.deliver(arrival).await;
        }
        error
    }

    /// The partner consented and yet nothing came of it: it is not onboarded, and what it may have
    /// given dies. Whether this was what ended the attempt, and so what released it.
    async fn fail(&self, failing: &Failing<'_>, obtained: Obtained, error: CallError) -> (Error, bool) {
        let Failing { attempt, partner, correlation, .. } = *failing;
        let by = Correlated { actor: Actor::Partner, correlation };
        let asking = Asking { tenant: partner.tenant, id: partner.id, by: &by };
        let fail = |_: Timestamp| Command::FailAttempt { attempt: attempt.id };
        let remarks = || vec![AuditedChange::now(Audited::Reason, error.answer.clone())];
        let extra = |_: &Partner, _: Option<&Partner>| Ok(Extra { remarks: remarks(), ..Extra::default() });
        let failed = self.command_with(asking, &Terms::obtained(obtained), fail, extra).await;
        let released = failed.as_ref().is_ok_and(|done| done.changed);
        match failed {
            Ok(_) | Err(Error::NoSuchPartner(_)) => (error.into(), released),
            Err(other) => (other, released),
        }
    }
}

/// An attempt whose code has given nothing that can be used.
#[derive(Clone, Copy)]
struct Failing<'a> {
    attempt: &'a StoredAttempt,
    partner: &'a Partner,
    code: &'a Code,
    correlation: Uuid,
}

impl Failing<'_> {
    fn call(&self) -> PartnerCall {
        PartnerCall::Redeem(Some(self.attempt.id), self.code.text.clone())
    }
}
