//! How a partner is connected: an attempt, its page, consent, and what the partner gives.

mod callback;
mod expiry;
mod state;

use gangway_domain::{
    Account, Actor, Attempt, AttemptId, Audited, AuditedChange, Command, ConnectorKind, Correlated,
    Generation, Given, Life, Origin, Partner, PartnerId, Probe, Refusal, TenantId,
};
use uuid::Uuid;

use crate::arrival::Destination;
use crate::command::{Asking, Extra, Obtained, Terms};
use crate::credential::{AnswerContent, Arrival, AttemptSecret, Holdings, Owner, PartnerCall, Sealable as _};
use crate::{
    AttemptPhase, Connector, CredentialId, Effect, Engine, Error, ReleaseFilter, Sealed, Secret, Store,
    StoredAttempt, StoredCredential,
};

pub use callback::Callback;
use state::{BrowserKey, State, new_secret, new_verifier};

/// What an administrator's browser gets that opens an `onboardingUrl`.
#[derive(Debug, PartialEq, Eq)]
pub enum Visit {
    /// The simulated partner of this name asks for consent.
    Consent(String),
    /// The partner is elsewhere.
    Elsewhere {
        /// Where to go.
        url: String,
        /// What the browser has to show when it comes back.
        browser_key: Secret,
    },
}

/// A partner that was connected just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// What the partner is called.
    pub name: String,
    /// Whose account at the partner it is connected to, where the partner says so.
    pub account: Option<Account>,
    /// Whose it was connected to before, where that was another.
    pub account_before: Option<Account>,
}

/// What a partner gave for an attempt.
pub(crate) struct Granted {
    /// The call that it was given for.
    pub(crate) to: PartnerCall,
    pub(crate) given: Given<Secret>,
    pub(crate) holdings: Holdings,
    pub(crate) account: Option<Account>,
    pub(crate) sealed: Sealed,
}

impl<S: Store> Engine<S> {
    /// Starts to connect a partner. One that is connected already stays so.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Refused`] or
    /// [`Error::NoProfile`] if the partner lacks what it takes; [`Error::Vault`] if there is
    /// nothing to seal its secrets with; [`Error::Store`] or [`Error::Contended`] if nothing could
    /// be committed.
    pub async fn begin_onboarding(
        &self,
        tenant: TenantId,
        by: &Correlated,
        id: PartnerId,
    ) -> Result<(), Error> {
        let asking = Asking { tenant, id, by };
        let begin = |now| Command::BeginOnboarding { attempt: self.new_attempt(now) };
        let open = |before: &Partner, after: Option<&Partner>| {
            let attempt = after.and_then(Partner::attempt);
            match attempt.filter(|_| before.connector.consents_elsewhere()) {
                None => Ok(Extra::default()),
                Some(attempt) => {
                    let opened = Effect::OpenAttempt(self.stored_attempt(before, *attempt)?);
                    Ok(Extra { effects: vec![opened], ..Extra::default() })
                }
            }
        };
        self.command_with(asking, &Terms::NONE, begin, open).await.map(drop)
    }

    fn stored_attempt(&self, partner: &Partner, attempt: Attempt) -> Result<StoredAttempt, Error> {
        let connector = self.connector_of(partner)?.snapshot();
        let (state, state_hash) = new_secret(&*self.ports.random);
        let verifier = new_verifier(&*self.ports.random);
        let (state, verifier) = (Secret::new(state), Secret::new(verifier));
        let secret = AttemptSecret { state, verifier, connector };
        let sealed = secret.seal(&*self.ports.vault, Owner::at_generation(partner, partner.generation))?;
        Ok(StoredAttempt {
            tenant: partner.tenant,
            id: attempt.id,
            partner: partner.id,
            generation: partner.generation,
            state_hash,
            phase: AttemptPhase::Open,
            secret: Some(sealed),
            expires: attempt.expires,
            refusals: 0,
        })
    }

    /// What whoever opens this attempt's `onboardingUrl` gets.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`], [`Error::Refused`] or [`Error::NoProfile`] if the attempt cannot
    /// be completed; [`Error::Partner`] if the partner did not say where it asks for consent;
    /// [`Error::Vault`]; [`Error::Store`].
    pub async fn visit(&self, tenant: TenantId, id: PartnerId, attempt: AttemptId) -> Result<Visit, Error> {
        let partner = self.pending(tenant, id, attempt).await?;
        if !partner.connector.consents_elsewhere() {
            return Ok(Visit::Consent(partner.display_name));
        }
        let stored = self.store.attempt(tenant, attempt).await?;
        let stored =
            stored.filter(|stored| stored.phase == AttemptPhase::Open).ok_or(Refusal::NoSuchAttempt)?;
        let sealed = stored.secret.as_ref().ok_or(Refusal::NoSuchAttempt)?;
        let secret = AttemptSecret::open(
            &*self.ports.vault,
            Owner::at_generation(&partner, stored.generation),
            sealed,
        )?;
        let connector = self.connector_through(&partner, &secret.connector)?;
        let browser = BrowserKey::new(&*self.ports.random);
        let state =
            State::new(tenant, attempt, secret.state.expose(), &browser).ok_or(Refusal::NoSuchAttempt)?;
        let url = connector.authorization_url(&state.to_text(), &secret.verifier).await?;
        Ok(Visit::Elsewhere { url, browser_key: Secret::new(browser.to_text()) })
    }

    /// The partner whose attempt this is, if it can be completed now.
    async fn pending(&self, tenant: TenantId, id: PartnerId, attempt: AttemptId) -> Result<Partner, Error> {
        let partner = self.store.partner(tenant, id).await?.ok_or(Error::NoSuchPartner(id))?;
        match partner.attempt().filter(|pending| pending.id == attempt) {
            None => Err(Refusal::NoSuchAttempt.into()),
            Some(pending) if pending.expires <= self.now() => Err(Refusal::AttemptExpired.into()),
            Some(_) => Ok(partner),
        }
    }

    /// Somebody consented on the page that plays a simulated partner: the partner is onboarded from
    /// now on.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`]; [`Error::Refused`] if the attempt was finished, replaced, cut or
    /// came too late, or is not for a simulated partner; [`Error::Partner`] if the simulated
    /// partner is told to fail; [`Error::Vault`]; [`Error::Store`] or [`Error::Contended`] if
    /// nothing could be committed.
    pub async fn consent_to_simulated(
        &self,
        tenant: TenantId,
        id: PartnerId,
        attempt: AttemptId,
        correlation: Uuid,
    ) -> Result<Connected, Error> {
        let partner = self.pending(tenant, id, attempt).await?;
        if partner.connector != ConnectorKind::Simulated {
            return Err(Refusal::NoSuchAttempt.into());
        }
        let connector = self.connector_of(&partner)?;
        // Another one for each click of the button, so that the second does not spoil the first.
        let code = Secret::new(self.time_ordered_uuid(self.now()).to_string());
        let given = self.named(connector.redeem(&code, &code).await?, Origin::Code);
        let account = connector.account(&given.access.1).await?;
        let call = (PartnerCall::Consent, connector.snapshot());
        let granted = self.granted(&partner, partner.generation, &*connector, call, (given, account)).await?;
        self.accept(&partner, attempt, granted, correlation).await
    }

    /// What the partner gave, ready to be stored. What cannot be sealed cannot be kept: it is
    /// revoked at once.
    pub(crate) async fn granted(
        &self,
        partner: &Partner,
        generation: Generation,
        connector: &dyn Connector,
        (to, snapshot): (PartnerCall, Secret),
        (given, account): (Given<Secret>, Option<Account>),
    ) -> Result<Granted, Error> {
        let mut holdings = Holdings::from_answer(given.clone(), snapshot);
        self.probe_while_new(connector, &mut holdings).await;
        match holdings.seal(&*self.ports.vault, Owner::at_generation(partner, generation)) {
            Ok(sealed) => Ok(Granted { to, given, holdings, account, sealed }),
            Err(error) => {
                self.revoke_at_once(connector, &given).await;
                Err(error.into())
            }
        }
    }

    /// A probe that does not know a token while it is new proves nothing when it does not know it
    /// later.
    async fn probe_while_new(&self, connector: &dyn Connector, holdings: &mut Holdings) {
        let tokens: Vec<_> =
            holdings.set.living().map(|token| (token.id, token.kind, token.secret.clone())).collect();
        for (id, kind, text) in tokens {
            for probe in [Probe::Introspection, Probe::Use] {
                if let Ok(Some(look)) = connector.probe(probe, kind, &text).await
                    && look.life == Life::Alive
                {
                    holdings.set.see(id, probe, look.life, self.now());
                }
            }
        }
    }

    /// Connects the partner with what it gave; or sees to it that that dies, if the attempt is no
    /// more.
    pub(crate) async fn accept(
        &self,
        partner: &Partner,
        attempt: AttemptId,
        granted: Granted,
        correlation: Uuid,
    ) -> Result<Connected, Error> {
        let account_before =
            self.account_before(partner).await.filter(|old| Some(old) != granted.account.as_ref());
        let by = Correlated { actor: Actor::Partner, correlation };
        let asking = Asking { tenant: partner.tenant, id: partner.id, by: &by };
        let terms = Terms::obtained(Obtained::Holdings(granted.sealed.clone()));
        let accept = |_| Command::AcceptCallback { attempt };
        // Once, so that it is the same credential however often it is tried to store it.
        let credential = CredentialId(self.time_ordered_uuid(self.now()));
        let store = |before: &Partner, _: Option<&Partner>| {
            let close = Effect::CloseAttempt { id: attempt, read: AttemptPhase::Redeeming };
            let closes = before.connector.consents_elsewhere().then_some(close);
            let stored = self.stored_credential(before, credential, granted.account.clone(), &granted.sealed);
            let effects = closes.into_iter().chain([Effect::InsertCredential(stored)]).collect();
            Ok(Extra { effects, remarks: account_change(account_before.as_ref(), granted.account.as_ref()) })
        };
        if let Err(error) = self.command_with(asking, &terms, accept, store).await {
            let home = self.deliver_granted(partner, partner.generation, &granted, correlation).await;
            if home != Destination::Connection {
                return Err(error);
            }
        }
        Ok(Connected { name: partner.display_name.clone(), account: granted.account, account_before })
    }

    /// The fence fell while these were on their way, or nobody knows: they go to where they can be
    /// revoked.
    pub(crate) async fn deliver_granted(
        &self,
        partner: &Partner,
        generation: Generation,
        granted: &Granted,
        correlation: Uuid,
    ) -> Destination {
        let arrival = Arrival {
            partner: partner.clone(),
            generation,
            account: granted.account.clone(),
            connector: granted.holdings.connector.clone(),
            to: granted.to.clone(),
            content: AnswerContent::Tokens(granted.given.clone()),
            correlation,
        };
        self.deliver(arrival).await
    }

    /// What a partner gives without anybody's consent, because it is simulated; `None` of any
    /// other.
    pub(crate) fn issued(&self, partner: &Partner) -> Result<Option<StoredCredential>, Error> {
        let connector = match partner.connector {
            ConnectorKind::Simulated => self.connector_of(partner)?,
            ConnectorKind::Link | ConnectorKind::OAuth2 | ConnectorKind::TeamViewer => return Ok(None),
        };
        let Some(grant) = connector.issue() else { return Ok(None) };
        let holdings = Holdings::from_answer(self.named(grant, Origin::Code), connector.snapshot());
        let sealed = holdings.seal(&*self.ports.vault, Owner::at_generation(partner, partner.generation))?;
        let id = CredentialId(self.time_ordered_uuid(self.now()));
        Ok(Some(self.stored_credential(partner, id, None, &sealed)))
    }

    fn stored_credential(
        &self,
        partner: &Partner,
        id: CredentialId,
        account: Option<Account>,
        sealed: &Sealed,
    ) -> StoredCredential {
        StoredCredential {
            tenant: partner.tenant,
            partner: partner.id,
            id,
            generation: partner.generation,
            account,
            sealed: sealed.clone(),
            obtained: self.now(),
        }
    }

    /// The account that was connected when the partner was cut last, if that can be found out: it
    /// is only told.
    async fn account_before(&self, partner: &Partner) -> Option<Account> {
        let filter =
            ReleaseFilter { tenant: Some(partner.tenant), partner: Some(partner.id), pending_only: false };
        let last = self.store.releases(filter, 1).await.unwrap_or_default();
        last.into_iter().next().and_then(|release| release.account)
    }

    pub(crate) fn connector_of(&self, partner: &Partner) -> Result<std::sync::Arc<dyn Connector>, Error> {
        let connector = self.ports.connectors.connector(partner.connector, partner.profile.as_ref());
        connector.ok_or(Error::NoProfile(partner.id))
    }

    /// The connector for what the partner gave, or is about to give, through the one of this
    /// snapshot.
    pub(crate) fn connector_through(
        &self,
        partner: &Partner,
        snapshot: &Secret,
    ) -> Result<std::sync::Arc<dyn Connector>, Error> {
        let connectors = &self.ports.connectors;
        let found = connectors.connector_of(partner.connector, partner.profile.as_ref(), snapshot);
        found.ok_or(Error::NoProfile(partner.id))
    }
}

fn account_change(old: Option<&Account>, new: Option<&Account>) -> Vec<AuditedChange> {
    let shown = |account: &Account| match &account.name {
        Some(name) => format!("{} ({name})", account.id),
        None => account.id.clone(),
    };
    let change = AuditedChange { what: Audited::Account, old: old.map(shown), new: new.map(shown) };
    if change.old == change.new { Vec::new() } else { vec![change] }
}
