//! A live connection: its tokens, kept fresh.

mod held;
mod probes;

use std::time::Duration;

use gangway_domain::{
    Account, Actor, Command, Correlated, Generation, Origin, Partner, PartnerId, Status, TenantId, TokenId,
    Unread,
};
use uuid::Uuid;

use crate::arrival::Destination;
use crate::command::{Asking, Extra, Obtained, Terms};
use crate::credential::{
    AnswerContent, Arrival, Holdings, Owner, PartnerCall, Sealable as _, UnderWay, given,
};
use crate::{
    CallError, CallFailure, Changeset, CommitError, Connector, Effect, Engine, Error, PartnerChange, Secret,
    Store, StoreError,
};

use held::HeldConnection;
use probes::Findings;

/// An access token that has less than this left is not used any more.
const LEAST_LEFT: Duration = Duration::from_secs(30);
/// How often a credential is read again when another node changes it.
const MOST_ROUNDS: u32 = 8;
/// How often what is known of tokens is offered to a store that does not take it.
const TRIES_TO_STORE: u32 = 3;

/// What a connection was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The partner says that it is good.
    Good(Option<Account>),
    /// The partner says that the grant is gone; the partner is not onboarded any more.
    Gone,
    /// The partner does not take us for its client, and answered so; nothing can be said of the
    /// grant.
    RefusesUs(String),
    /// The partner cannot be asked in a way that shows it.
    CannotTell,
}

/// What was found out about a connection.
enum Examined {
    Found(Check),
    /// The credential is not the one that was read any more.
    Changed,
}

impl<S: Store> Engine<S> {
    /// Asks the partner whether the connection is good, with a fresh token where the one there is
    /// has run out. A connection that is gone is cut here too. It is called gone only when the
    /// partner has refused to refresh, or, where there is no refresh token, when every probe that
    /// had called the access token alive calls it dead, and introspection twice.
    ///
    /// A refresh token is good once, so while one node refreshes, no other does: it gets
    /// [`Error::Contended`], and finds the fresh tokens a moment later. Where there are no other
    /// nodes, nobody gets that.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`], [`Error::NotConnected`], [`Error::NoProfile`]; [`Error::Partner`]
    /// if the partner did not answer; [`Error::Vault`]; [`Error::Store`] or [`Error::Contended`].
    pub async fn check_connection(&self, tenant: TenantId, id: PartnerId) -> Result<Check, Error> {
        let _turn = self.refreshes.turn(tenant, id).await;
        self.deliver_parked().await;
        for _ in 0..MOST_ROUNDS {
            let mut held = self.held(tenant, id).await?;
            let connector = self.connector_through(&held.partner, &held.holdings.connector)?;
            if let Examined::Found(check) = self.examine(&mut held, &*connector).await? {
                return Ok(check);
            }
        }
        Err(Error::Contended(id.into()))
    }

    async fn held(&self, tenant: TenantId, id: PartnerId) -> Result<HeldConnection, Error> {
        let partner = self.store.partner(tenant, id).await?.ok_or(Error::NoSuchPartner(id))?;
        let stored = match partner.status {
            Status::Onboarded => self.store.credential(tenant, id).await?,
            Status::NotOnboarded | Status::Onboarding { .. } => None,
        };
        // The two were read one after the other: what belongs to another generation is not this
        // connection's.
        let stored = stored.filter(|stored| stored.generation == partner.generation);
        let stored = stored.ok_or(Error::NotConnected(id))?;
        let mut holdings = Holdings::open(
            &*self.ports.vault,
            Owner::at_generation(&partner, stored.generation),
            &stored.sealed,
        )?;
        self.note_restore(&mut holdings).await?;
        Ok(HeldConnection { partner, stored, holdings })
    }

    /// If the store is an older copy, a set from before says from now on that it may lack what was
    /// given since: before anything is done with it, as the newest tokens push the oldest out, by
    /// which that is known. The store is asked each time. That is one row, beside calls to a
    /// partner, and so servers that run find out also when an operator says it late.
    pub(crate) async fn note_restore(&self, holdings: &mut Holdings) -> Result<(), Error> {
        if let Some(at) = self.store.restored_at().await? {
            holdings.set.restored(at);
        }
        Ok(())
    }

    async fn examine(&self, held: &mut HeldConnection, connector: &dyn Connector) -> Result<Examined, Error> {
        // Whoever found that out did not come to cut it.
        if held.holdings.set.refresh_was_refused() {
            return self.lose(held).await;
        }
        let runs_out = held.holdings.has_run_out(self.now().plus(LEAST_LEFT));
        let mut renewed = false;
        if runs_out && held.holdings.set.refresh_token().is_some() {
            if let Some(examined) = self.renew(held, connector).await? {
                return Ok(examined);
            }
            renewed = true;
        }
        let Some(mut seen) = self.probe_tokens(held, connector).await? else { return Ok(Examined::Changed) };
        // Only to use a token shows that it is dead: what a probe says may be a replica's, or of
        // tokens it was never told of.
        if seen.suspects_death()
            && !renewed
            && held.holdings.set.refresh_token().is_some()
            && seen.refuses_us.is_none()
        {
            if let Some(examined) = self.renew(held, connector).await? {
                return Ok(examined);
            }
            renewed = true;
            let Some(again) = self.probe_tokens(held, connector).await? else { return Ok(Examined::Changed) };
            seen = again;
        }
        self.judge(held, seen, renewed).await
    }

    async fn judge(&self, held: &HeldConnection, seen: Findings, renewed: bool) -> Result<Examined, Error> {
        if let Some(answer) = seen.refuses_us {
            return Ok(Examined::Found(Check::RefusesUs(answer)));
        }
        if seen.is_alive() || renewed {
            return Ok(Examined::Found(Check::Good(held.stored.account.clone())));
        }
        let set = &held.holdings.set;
        let has_expired = set.access_token().is_none_or(|token| token.has_expired(self.now()));
        if set.refresh_token().is_none() && (seen.is_dead() || has_expired) {
            return self.lose(held).await;
        }
        match seen.unclear {
            Some(error) => Err(error.into()),
            None => Ok(Examined::Found(Check::CannotTell)),
        }
    }

    /// Gets fresh tokens. What it came to instead; `None` if there are some now.
    async fn renew(
        &self,
        held: &mut HeldConnection,
        connector: &dyn Connector,
    ) -> Result<Option<Examined>, Error> {
        let Some((token, text)) = held.holdings.set.refresh_token().map(|t| (t.id, t.secret.clone())) else {
            return Ok(Some(Examined::Changed));
        };
        let mut asking = held.holdings.clone();
        self.end_refresh_under_way(&held.partner, &mut asking)?;
        let begun = self.refreshing.begin(self.time_ordered_uuid(self.now()));
        let call = begun.call;
        asking.under_way = Some(UnderWay { call, token, at: self.now() });
        match self.keep(held, asking).await {
            Ok(true) => {}
            Ok(false) => return Ok(Some(Examined::Changed)),
            Err(error) => {
                self.note_void_refresh(call);
                return Err(error);
            }
        }
        if !matches!(self.still_holds(held).await, Ok(true)) {
            self.note_void_refresh(call);
            return self.answered(held, call, AnswerContent::Nothing).await.map(|_| Some(Examined::Changed));
        }
        match connector.refresh(&text).await {
            Ok(grant) => {
                let content = AnswerContent::Tokens(self.named(grant, Origin::Refresh(token)));
                self.answered(held, call, content).await
            }
            Err(error) => self.not_refreshed(held, (call, token), error).await,
        }
    }

    /// A refresh that was begun before this one must have an answer, or nobody may wait for that
    /// any more.
    fn end_refresh_under_way(&self, partner: &Partner, holdings: &mut Holdings) -> Result<(), Error> {
        let Some(way) = holdings.under_way else { return Ok(()) };
        if self.has_parked(way.call) {
            return Err(
                StoreError::outcome_unknown("the answer to the last refresh is in no store yet").into()
            );
        }
        // Nobody on this node waits for it, as this one's turn is ours.
        if self.store.is_shared() && way.may_be_answered(self.now()) {
            return Err(Error::Contended(partner.id.into()));
        }
        self.abandon_refresh(holdings);
        Ok(())
    }

    /// Stores the answer to a refresh before anybody uses it, wherever it belongs by now.
    async fn answered(
        &self,
        held: &mut HeldConnection,
        call: Uuid,
        content: AnswerContent,
    ) -> Result<Option<Examined>, Error> {
        let mut holdings = held.holdings.clone();
        match &content {
            AnswerContent::Tokens(given) => {
                holdings.under_way = None;
                holdings.receive(given.clone());
            }
            AnswerContent::Unread(unread) => holdings.answer_unread(unread.clone()),
            AnswerContent::Nothing => holdings.under_way = None,
        }
        if matches!(self.keep(held, holdings).await, Ok(true)) {
            return Ok(None);
        }
        let arrival = Arrival {
            partner: held.partner.clone(),
            generation: held.stored.generation,
            account: held.stored.account.clone(),
            connector: held.holdings.connector.clone(),
            to: PartnerCall::Refresh(call),
            content,
            correlation: Uuid::nil(),
        };
        match self.deliver(arrival).await {
            Destination::Connection => Ok(Some(Examined::Changed)),
            Destination::Release => Err(Error::NotConnected(held.partner.id)),
            Destination::Parked => {
                Err(StoreError::outcome_unknown("the store takes nothing just now").into())
            }
        }
    }

    async fn not_refreshed(
        &self,
        held: &mut HeldConnection,
        (call, token): (Uuid, TokenId),
        error: CallError,
    ) -> Result<Option<Examined>, Error> {
        let mut after = held.holdings.clone();
        match error.kind {
            CallFailure::Unclear => {
                if let Some(body) = error.unread.clone() {
                    let unread = Unread { at: self.now(), origin: Origin::Refresh(token), body };
                    self.answered(held, call, AnswerContent::Unread(unread)).await?;
                } else {
                    after.lose_answer();
                    self.keep(held, after).await?;
                }
                return Err(error.into());
            }
            CallFailure::Refused => {
                after.under_way = None;
                after.set.refuse(token, self.now());
            }
            CallFailure::RefusesUs | CallFailure::Rejected | CallFailure::NotDone => after.under_way = None,
        }
        // What the partner said of a token that another node has replaced meanwhile says nothing of
        // the connection. Whoever waits for the answer is told that there is none.
        let kept = self.keep(held, after).await;
        if kept.is_err() {
            self.note_void_refresh(call);
        }
        if !kept? {
            return self.answered(held, call, AnswerContent::Nothing).await.map(|_| Some(Examined::Changed));
        }
        match error.kind {
            CallFailure::Refused => self.lose(held).await.map(Some),
            CallFailure::RefusesUs => Ok(Some(Examined::Found(Check::RefusesUs(error.answer)))),
            CallFailure::Rejected | CallFailure::NotDone | CallFailure::Unclear => Err(error.into()),
        }
    }

    /// Whether this is the partner's credential still. It is asked before each call, so that after
    /// a fence at most the one call that was on its way reaches the partner.
    async fn still_holds(&self, held: &HeldConnection) -> Result<bool, Error> {
        let now = self.store.credential(held.partner.tenant, held.partner.id).await?;
        Ok(now.is_some_and(|now| now.id == held.stored.id))
    }

    /// Stores these in the place of what is held; `false` if that is not the credential any more.
    async fn keep(&self, held: &mut HeldConnection, holdings: Holdings) -> Result<bool, Error> {
        let credential = self.replacement(&held.partner, &held.stored, &holdings)?;
        let partner = PartnerChange::Keep { tenant: held.partner.tenant, id: held.partner.id };
        let replace = Effect::ReplaceCredential { read: held.stored.id, credential: credential.clone() };
        let changeset = Changeset { about: partner.into(), effects: vec![replace], record: self.silent() };
        let mut failed = StoreError::Busy;
        for _ in 0..TRIES_TO_STORE {
            match self.commit(changeset.clone()).await {
                Ok(()) => {
                    (held.stored, held.holdings) = (credential, holdings);
                    return Ok(true);
                }
                Err(CommitError::Stale | CommitError::Taken) => return Ok(false),
                Err(CommitError::Store(error)) => failed = error,
                Err(CommitError::Unknown(why)) => failed = StoreError::outcome_unknown(&why),
            }
        }
        Err(failed.into())
    }

    /// What the partner gave just now, with names for it.
    pub(crate) fn named(&self, grant: crate::Grant, origin: Origin) -> gangway_domain::Given<Secret> {
        let now = self.now();
        given(grant, origin, now, || TokenId(self.time_ordered_uuid(now)))
    }

    /// The partner says that the grant is gone.
    async fn lose(&self, held: &HeldConnection) -> Result<Examined, Error> {
        let by = Correlated { actor: Actor::Partner, correlation: self.time_ordered_uuid(self.now()) };
        let asking = Asking { tenant: held.partner.tenant, id: held.partner.id, by: &by };
        let generation: Generation = held.stored.generation;
        let terms = Terms { obtained: Obtained::Unknown, credential: Some(held.stored.id) };
        let lose = |_| Command::LoseGrant { generation };
        let done = self.command_with(asking, &terms, lose, |_, _| Ok(Extra::default())).await?;
        Ok(if done.changed { Examined::Found(Check::Gone) } else { Examined::Changed })
    }
}
