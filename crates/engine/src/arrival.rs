//! Answers of partners that have to come to where they can be revoked, however late they come and whatever has become of their
//! connection meanwhile.

use std::sync::PoisonError;

use gangway_domain::{Account, AttemptId, Generation, Given, MissingKind, Partner, Status, Unread};
use uuid::Uuid;

use crate::command::Unclaimed;
use crate::credential::{Code, Sealable as _};
use crate::holdings::Holdings;
use crate::onboarding::owner;
use crate::{
    Changeset, Connector, CredentialId, Effect, Engine, Error, Field, PartnerChange, ReleaseFilter, Secret,
    SecretChange, Store, StoreError, StoredCredential,
};

/// How often it is looked anew where an answer belongs, when things change meanwhile.
const MOST_ROUNDS: u32 = 16;
/// How many releases of one partner are looked through for the one that waits for an answer.
const MOST_RELEASES: usize = 1000;
/// How many answers wait for a store that takes them.
const MOST_PARKED: usize = 1024;

/// An answer, and what it is an answer to.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// The partner, as it was when it was asked.
    pub(crate) partner: Partner,
    /// The generation it was asked for.
    pub(crate) generation: Generation,
    pub(crate) account: Option<Account>,
    /// See [`Connector::snapshot`].
    pub(crate) connector: Secret,
    pub(crate) to: Call,
    pub(crate) content: Content,
    pub(crate) correlation: Uuid,
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    /// To redeem this code, of this attempt if that may still be completed.
    Redeem(Option<AttemptId>, Secret),
    /// To refresh, by the mark that was left for it.
    Refresh(Uuid),
    /// A simulated partner for its consent.
    Consent,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Tokens(Given<Secret>),
    Unread(Unread<Secret>),
    /// That there is nothing.
    Nothing,
}

/// Where an answer has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// The live connection has it.
    Connection,
    /// A release has it.
    Release,
    /// Nobody knows yet: it is tried again.
    Parked,
}

/// Whether an answer could be put there.
enum Put {
    Done,
    /// It does not belong there.
    NotHere,
    /// Somebody was faster: look anew.
    Again,
}

impl Content {
    /// Puts it with the rest, to be used or not.
    fn add_to(&self, holdings: &mut Holdings, is_awaited: bool) {
        match self {
            Self::Tokens(given) if is_awaited => holdings.receive(given.clone()),
            Self::Tokens(given) => holdings.receive_late(given.clone()),
            Self::Unread(unread) => holdings.set.keep_unread(unread.clone()),
            Self::Nothing => {}
        }
    }

    fn shares_a_token_with(&self, holdings: &Holdings) -> bool {
        let Self::Tokens(given) = self else { return false };
        let texts = [Some(&given.access.1), given.refresh.as_ref().map(|refresh| &refresh.1)];
        holdings.set.living().any(|token| texts.contains(&Some(&token.secret)))
    }

    fn is_in(&self, holdings: &Holdings) -> bool {
        match self {
            Self::Tokens(given) => holdings.has(given),
            Self::Unread(unread) => holdings.set.unread().contains(unread),
            Self::Nothing => false,
        }
    }
}

impl<S: Store> Engine<S> {
    /// Brings an answer to the live connection it belongs to, or else to the release that waits for it, or else to a release of its
    /// own. Nothing that a live connection holds is ever put into a release. What no store takes now waits until one does.
    pub(crate) async fn bring_home(&self, arrival: Arrival) -> Home {
        match self.try_to_bring_home(&arrival).await {
            Ok(home) => home,
            Err(error) => {
                tracing::error!(partner = %arrival.partner.id, %error, "what a partner answered is in no store yet");
                self.park(arrival);
                Home::Parked
            }
        }
    }

    fn park(&self, arrival: Arrival) {
        let mut parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        if parked.len() < MOST_PARKED {
            parked.insert(self.time_ordered_uuid(self.now()), arrival);
        } else {
            tracing::error!(partner = %arrival.partner.id, "too many answers are in no store: one is let go of");
        }
    }

    /// Whether the answer to this refresh is known here, and in no store yet.
    pub(crate) fn has_parked(&self, call: Uuid) -> bool {
        let parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        parked.values().any(|arrival| matches!(arrival.to, Call::Refresh(to) if to == call))
    }

    /// Tries again what no store has taken yet. It is let go of when it is home and not before, so nothing is lost if this is
    /// dropped halfway.
    pub(crate) async fn bring_parked_home(&self) {
        // Two would give one answer two releases.
        let Ok(_turn) = self.bringing.try_lock() else { return };
        let parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (key, arrival) in parked {
            if self.try_to_bring_home(&arrival).await.is_ok() {
                self.parked.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            }
        }
    }

    /// A refresh that was written down was not asked for after all, or was refused.
    pub(crate) fn nothing_comes_of(&self, call: Uuid) {
        let mut void = self.void_refreshes.lock().unwrap_or_else(PoisonError::into_inner);
        void.insert(call);
        // Calls are named in the order of time, and the oldest is the one that nobody asks about any more.
        if void.len() > MOST_PARKED {
            void.pop_first();
        }
    }

    /// Nobody waits for the answer to a refresh any more. Where it is known that nothing came of it, nothing is lost.
    pub(crate) fn give_up_waiting(&self, holdings: &mut Holdings) {
        let mut void = self.void_refreshes.lock().unwrap_or_else(PoisonError::into_inner);
        if holdings.under_way.is_some_and(|way| void.remove(&way.call)) {
            holdings.under_way = None;
        }
        drop(void);
        holdings.lose_answer();
    }

    async fn try_to_bring_home(&self, arrival: &Arrival) -> Result<Home, Error> {
        for _ in 0..MOST_ROUNDS {
            match self.put_into_connection(arrival).await? {
                Put::Done => return Ok(Home::Connection),
                Put::Again => continue,
                Put::NotHere => {}
            }
            match self.put_into_release(arrival).await? {
                Put::Done => return Ok(Home::Release),
                Put::Again => continue,
                Put::NotHere => {}
            }
            if matches!(arrival.content, Content::Nothing) {
                return Ok(Home::Release);
            }
            self.put_into_release_of_its_own(arrival).await?;
            return Ok(Home::Release);
        }
        Err(Error::Contended(arrival.partner.id.into()))
    }

    async fn put_into_connection(&self, arrival: &Arrival) -> Result<Put, Error> {
        let partner = &arrival.partner;
        let Some(now) = self.store.partner(partner.tenant, partner.id).await? else {
            return Ok(Put::NotHere);
        };
        match now.status {
            Status::Onboarded => {}
            Status::NotOnboarded => return Ok(Put::NotHere),
            // What was sent to complete it may arrive yet.
            Status::Onboarding { attempt } => {
                let is_mine = matches!(&arrival.to, Call::Redeem(Some(mine), _) if *mine == attempt.id);
                let error = StoreError::Unavailable("the attempt is not over".into());
                return if is_mine { Err(error.into()) } else { Ok(Put::NotHere) };
            }
        }
        let Some(stored) = self.store.credential(partner.tenant, partner.id).await? else {
            return Ok(Put::Again);
        };
        let mut holdings =
            Holdings::open(&*self.ports.vault, owner(&now, stored.generation), &stored.sealed)?;
        if arrival.content.is_in(&holdings) {
            return Ok(Put::Done);
        }
        if !arrival.belongs_to(&stored, &holdings) {
            return Ok(Put::NotHere);
        }
        let is_awaited = arrival.is_awaited_by(&holdings);
        if is_awaited {
            holdings.under_way = None;
        } else if matches!(arrival.content, Content::Nothing) {
            return Ok(Put::Done);
        }
        arrival.content.add_to(&mut holdings, is_awaited);
        let credential = self.replacement(&now, &stored, &holdings)?;
        let replace = Effect::ReplaceCredential { read: stored.id, credential };
        let keep = PartnerChange::Keep { tenant: now.tenant, id: now.id };
        let changeset = Changeset { about: keep.into(), effects: vec![replace], record: self.silent() };
        Ok(if self.committed(changeset).await? { Put::Done } else { Put::Again })
    }

    /// The credential in the place of this one, under an id of its own.
    pub(crate) fn replacement(
        &self,
        partner: &Partner,
        stored: &StoredCredential,
        holdings: &Holdings,
    ) -> Result<StoredCredential, Error> {
        let now = self.now();
        let sealed = holdings.seal(&*self.ports.vault, owner(partner, stored.generation))?;
        let id = CredentialId(self.time_ordered_uuid(now));
        Ok(StoredCredential { id, sealed, obtained: now, ..stored.clone() })
    }

    /// Puts it into the release whose credential or code it is an answer to.
    async fn put_into_release(&self, arrival: &Arrival) -> Result<Put, Error> {
        let (tenant, partner) = (arrival.partner.tenant, arrival.partner.id);
        let filter = ReleaseFilter { tenant: Some(tenant), partner: Some(partner), pending_only: true };
        let pending = self.store.releases(filter, MOST_RELEASES).await?;
        for release in pending.into_iter().filter(|release| release.generation == arrival.generation) {
            let Some((field, sealed)) = self.store.release_secret(tenant, release.id).await? else {
                continue;
            };
            let opened = self.opened_for(arrival, field, &sealed);
            let Some(mut holdings) = opened else { continue };
            if arrival.content.is_in(&holdings) {
                return Ok(Put::Done);
            }
            holdings.under_way = None;
            arrival.content.add_to(&mut holdings, true);
            let sealed = holdings.seal(&*self.ports.vault, owner(&arrival.partner, arrival.generation))?;
            let after = release.to_be_tried(self.now());
            let keep = PartnerChange::Keep { tenant, id: partner };
            let secret = SecretChange::Replace(Field::Credential, sealed);
            let update = Effect::UpdateRelease { release: after, read: release.version, lease: None, secret };
            let changeset = Changeset { about: keep.into(), effects: vec![update], record: self.silent() };
            return Ok(if self.committed(changeset).await? { Put::Done } else { Put::Again });
        }
        Ok(Put::NotHere)
    }

    /// What a release holds, if it waits for this answer or has it.
    fn opened_for(&self, arrival: &Arrival, field: Field, sealed: &crate::Sealed) -> Option<Holdings> {
        let (vault, owner) = (&*self.ports.vault, owner(&arrival.partner, arrival.generation));
        match field {
            Field::Credential => {
                let holdings = Holdings::open(vault, owner, sealed).ok()?;
                (arrival.is_awaited_by(&holdings) || arrival.content.is_in(&holdings)).then_some(holdings)
            }
            Field::Code => {
                let code = Code::open(vault, owner, sealed).ok()?;
                let is_mine = matches!(&arrival.to, Call::Redeem(_, text) if *text == code.text);
                let mut holdings = Holdings::empty(code.connector);
                if code.again {
                    holdings.set.miss(MissingKind::CodeAnswer, self.now());
                }
                is_mine.then_some(holdings)
            }
            Field::Attempt | Field::Shared => None,
        }
    }

    async fn put_into_release_of_its_own(&self, arrival: &Arrival) -> Result<(), Error> {
        let mut holdings = Holdings::empty(arrival.connector.clone());
        arrival.content.add_to(&mut holdings, true);
        let sealed = holdings.seal(&*self.ports.vault, owner(&arrival.partner, arrival.generation))?;
        let unclaimed = Unclaimed {
            partner: &arrival.partner,
            generation: arrival.generation,
            account: arrival.account.clone(),
            sealed: &sealed,
            correlation: arrival.correlation,
        };
        let begun = self.release_unclaimed(unclaimed).await?;
        begun.then_some(()).ok_or(Error::Contended(arrival.partner.id.into()))
    }

    /// What the partner's connection holds now, whichever it is.
    pub(crate) async fn live_holdings(&self, partner: &Partner) -> Result<Option<Holdings>, Error> {
        let Some(stored) = self.store.credential(partner.tenant, partner.id).await? else { return Ok(None) };
        Ok(Some(Holdings::open(&*self.ports.vault, owner(partner, stored.generation), &stored.sealed)?))
    }

    /// For tokens of no connection that no store will take: it is now or never.
    pub(crate) async fn revoke_at_once(&self, connector: &dyn Connector, given: &Given<Secret>) {
        if let (Some((_, token, _)), crate::Revokes::EachToken) = (&given.refresh, connector.revokes()) {
            let _ = connector.revoke_refresh_token(token).await;
        }
        let _ = connector.revoke_access_token(&given.access.1).await;
    }
}

impl Arrival {
    /// Whether this is of the grant that a live connection has.
    fn belongs_to(&self, stored: &StoredCredential, holdings: &Holdings) -> bool {
        // A generation has one connection and may have had many attempts: what came for the code of another is not this one's.
        let is_its_refresh = match self.to {
            Call::Refresh(_) => stored.generation == self.generation,
            Call::Redeem(..) | Call::Consent => false,
        };
        // Some partners give one account the same token twice: what the connection has is not to be revoked.
        is_its_refresh || self.content.shares_a_token_with(holdings)
    }

    fn is_awaited_by(&self, holdings: &Holdings) -> bool {
        match self.to {
            Call::Refresh(call) => holdings.under_way.is_some_and(|way| way.call == call),
            Call::Redeem(..) | Call::Consent => false,
        }
    }
}

/// What somebody is told whose change may be there or not. Whatever asks for it again does it once.
pub(crate) fn unknown(why: &str) -> StoreError {
    StoreError::Unavailable(format!("nobody knows whether the change was made: {why}"))
}
