//! Delivers answers of partners to where their tokens are kept, however late they come and whatever
//! has become of their connection meanwhile.
//!
//! An answer that nobody takes is tokens that nobody revokes. So each one, whoever asked for it,
//! goes to the first of these that it belongs to:
//!
//! 1. the live connection, if it waits for this answer, or has the same token already;
//! 2. a release of its generation whose credential waits for this refresh, or whose code is the one
//!    that was redeemed;
//! 3. a release of its own.
//!
//! Each is one commit, which is `Stale` if things change meanwhile; then all is looked up again.
//! What no store takes is parked in memory and tried again by the release worker. Should the
//! process end before, the mark that a refresh was under way says that something is missing.
//!
//! For example, a connection of generation 3 is refreshed: mark M is written into its credential,
//! and the partner is asked. While the answer is on its way somebody disconnects, and the
//! credential moves to release 8, mark and all. The answer brings A2 and R2. There is no live
//! connection any more. Release 8 is of generation 3 and waits for M: A2 and R2 are added to its
//! set, the mark goes, and release 8 is tried at once.

use std::sync::PoisonError;

use gangway_domain::{Given, MissingKind, Partner, Status};
use uuid::Uuid;

use crate::command::Unclaimed;
use crate::credential::{AnswerContent, Arrival, Code, Holdings, Owner, PartnerCall, Sealable as _};
use crate::{
    Changeset, Connector, CredentialId, Effect, Engine, Error, Field, PartnerChange, ReleaseFilter, Secret,
    SecretChange, Store, StoreError, StoredCredential,
};

/// How often to look up again where an answer belongs, when things change meanwhile.
const MOST_ROUNDS: u32 = 16;
/// How many releases of one partner are looked through for the one that waits for an answer.
const MOST_RELEASES: usize = 1000;
/// How many answers wait for a store that takes them.
const MOST_PARKED: usize = 1024;

/// Where an answer has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The live connection has it.
    Connection,
    /// A release has it.
    Release,
    /// Nobody knows yet: it is tried again.
    Parked,
}

/// Whether an answer could be put there.
enum Placement {
    Done,
    /// It does not belong there.
    NotHere,
    /// Somebody was faster: look again.
    Again,
}

impl<S: Store> Engine<S> {
    /// Brings an answer to the live connection it belongs to, or else to the release that waits for
    /// it, or else to a release of its own. Nothing that a live connection holds is ever put into a
    /// release. What no store takes now waits until one does.
    pub(crate) async fn deliver(&self, arrival: Arrival) -> Destination {
        match self.try_to_deliver(&arrival).await {
            Ok(home) => home,
            Err(error) => {
                tracing::error!(partner = %arrival.partner.id, %error, "what a partner answered is in no store yet");
                self.park(arrival);
                Destination::Parked
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
        parked.values().any(|arrival| matches!(arrival.to, PartnerCall::Refresh(to) if to == call))
    }

    /// Tries again what no store has taken yet. It is let go of when it is home and not before, so
    /// nothing is lost if this is dropped halfway.
    pub(crate) async fn deliver_parked(&self) {
        // Two would give one answer two releases.
        let Ok(_turn) = self.delivering.try_lock() else { return };
        let parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (key, arrival) in parked {
            if self.try_to_deliver(&arrival).await.is_ok() {
                self.parked.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            }
        }
    }

    /// A refresh that was written down was not asked for after all, or was refused.
    pub(crate) fn note_void_refresh(&self, call: Uuid) {
        let mut void = self.void_refreshes.lock().unwrap_or_else(PoisonError::into_inner);
        void.insert(call);
        // Calls are named in the order of time, and the oldest is the one that nobody asks about
        // any more.
        if void.len() > MOST_PARKED {
            void.pop_first();
        }
    }

    /// Nobody waits for the answer to a refresh any more. Where it is known that nothing came of
    /// it, nothing is lost.
    pub(crate) fn abandon_refresh(&self, holdings: &mut Holdings) {
        let mut void = self.void_refreshes.lock().unwrap_or_else(PoisonError::into_inner);
        if holdings.under_way.is_some_and(|way| void.remove(&way.call)) {
            holdings.under_way = None;
        }
        drop(void);
        holdings.lose_answer();
    }

    async fn try_to_deliver(&self, arrival: &Arrival) -> Result<Destination, Error> {
        for _ in 0..MOST_ROUNDS {
            match self.put_into_connection(arrival).await? {
                Placement::Done => return Ok(Destination::Connection),
                Placement::Again => continue,
                Placement::NotHere => {}
            }
            match self.put_into_release(arrival).await? {
                Placement::Done => return Ok(Destination::Release),
                Placement::Again => continue,
                Placement::NotHere => {}
            }
            if matches!(arrival.content, AnswerContent::Nothing) {
                return Ok(Destination::Release);
            }
            self.put_into_release_of_its_own(arrival).await?;
            return Ok(Destination::Release);
        }
        Err(Error::Contended(arrival.partner.id.into()))
    }

    async fn put_into_connection(&self, arrival: &Arrival) -> Result<Placement, Error> {
        let partner = &arrival.partner;
        let Some(now) = self.store.partner(partner.tenant, partner.id).await? else {
            return Ok(Placement::NotHere);
        };
        match now.status {
            Status::Onboarded => {}
            Status::NotOnboarded => return Ok(Placement::NotHere),
            // What was sent to complete it may arrive yet.
            Status::Onboarding { attempt } => {
                let is_mine =
                    matches!(&arrival.to, PartnerCall::Redeem(Some(mine), _) if *mine == attempt.id);
                let error = StoreError::Unavailable("the attempt is not over".into());
                return if is_mine { Err(error.into()) } else { Ok(Placement::NotHere) };
            }
        }
        let Some(stored) = self.store.credential(partner.tenant, partner.id).await? else {
            return Ok(Placement::Again);
        };
        let mut holdings = Holdings::open(
            &*self.ports.vault,
            Owner::at_generation(&now, stored.generation),
            &stored.sealed,
        )?;
        if arrival.content.is_in(&holdings) {
            return Ok(Placement::Done);
        }
        if !arrival.belongs_to(&stored, &holdings) {
            return Ok(Placement::NotHere);
        }
        let is_awaited = arrival.is_awaited_by(&holdings);
        if is_awaited {
            holdings.under_way = None;
        } else if matches!(arrival.content, AnswerContent::Nothing) {
            return Ok(Placement::Done);
        }
        arrival.content.add_to(&mut holdings, is_awaited);
        self.put_back(&now, &stored, &holdings).await
    }

    /// Stores these holdings in the place of the credential that was read.
    async fn put_back(
        &self,
        partner: &Partner,
        stored: &StoredCredential,
        holdings: &Holdings,
    ) -> Result<Placement, Error> {
        let credential = self.replacement(partner, stored, holdings)?;
        let replace = Effect::ReplaceCredential { read: stored.id, credential };
        let keep = PartnerChange::Keep { tenant: partner.tenant, id: partner.id };
        let changeset = Changeset { about: keep.into(), effects: vec![replace], record: self.silent() };
        Ok(if self.committed(changeset).await? { Placement::Done } else { Placement::Again })
    }

    /// The credential in the place of this one, under an id of its own.
    pub(crate) fn replacement(
        &self,
        partner: &Partner,
        stored: &StoredCredential,
        holdings: &Holdings,
    ) -> Result<StoredCredential, Error> {
        let now = self.now();
        let sealed = holdings.seal(&*self.ports.vault, Owner::at_generation(partner, stored.generation))?;
        let id = CredentialId(self.time_ordered_uuid(now));
        Ok(StoredCredential { id, sealed, obtained: now, ..stored.clone() })
    }

    /// Puts it into the release whose credential or code it is an answer to.
    async fn put_into_release(&self, arrival: &Arrival) -> Result<Placement, Error> {
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
                return Ok(Placement::Done);
            }
            holdings.under_way = None;
            arrival.content.add_to(&mut holdings, true);
            let sealed = holdings
                .seal(&*self.ports.vault, Owner::at_generation(&arrival.partner, arrival.generation))?;
            let after = release.to_be_tried(self.now());
            let keep = PartnerChange::Keep { tenant, id: partner };
            let secret = SecretChange::Replace(Field::Credential, sealed);
            let update = Effect::UpdateRelease { release: after, read: release.version, lease: None, secret };
            let changeset = Changeset { about: keep.into(), effects: vec![update], record: self.silent() };
            return Ok(if self.committed(changeset).await? { Placement::Done } else { Placement::Again });
        }
        Ok(Placement::NotHere)
    }

    /// What a release holds, if it waits for this answer or has it.
    fn opened_for(&self, arrival: &Arrival, field: Field, sealed: &crate::Sealed) -> Option<Holdings> {
        let (vault, owner) = (&*self.ports.vault, Owner::at_generation(&arrival.partner, arrival.generation));
        match field {
            Field::Credential => {
                let holdings = Holdings::open(vault, owner, sealed).ok()?;
                (arrival.is_awaited_by(&holdings) || arrival.content.is_in(&holdings)).then_some(holdings)
            }
            Field::Code => {
                let code = Code::open(vault, owner, sealed).ok()?;
                let is_mine = matches!(&arrival.to, PartnerCall::Redeem(_, text) if *text == code.text);
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
        let sealed =
            holdings.seal(&*self.ports.vault, Owner::at_generation(&arrival.partner, arrival.generation))?;
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
        Ok(Some(Holdings::open(
            &*self.ports.vault,
            Owner::at_generation(partner, stored.generation),
            &stored.sealed,
        )?))
    }

    /// For tokens of no connection that no store will take: it is now or never.
    pub(crate) async fn revoke_at_once(&self, connector: &dyn Connector, given: &Given<Secret>) {
        if let (Some((_, token, _)), crate::Revokes::EachToken) = (&given.refresh, connector.revokes()) {
            let _ = connector.revoke_refresh_token(token).await;
        }
        let _ = connector.revoke_access_token(&given.access.1).await;
    }
}
