//! A live connection: its tokens, kept fresh.

use std::time::Duration;

use gangway_domain::{Account, Actor, Command, Correlated, Partner, PartnerId, Status, TenantId};
use uuid::Uuid;

use crate::command::{Asking, Unclaimed};
use crate::credential::{Sealable as _, Tokens};
use crate::onboarding::owner;
use crate::{
    CallFailure, Changeset, CommitError, Connector, CredentialId, Effect, Engine, Error, Life, PartnerChange,
    Sealed, Store, StoreError, StoredCredential,
};

/// An access token that has less than this left is not used any more.
const LEAST_LEFT: Duration = Duration::from_secs(30);
/// For how long after it was written down that a refresh has no answer yet one may be on its way, on another node: longer
/// than a connector waits for an answer.
const MAY_BE_UNDER_WAY: Duration = Duration::from_secs(65);
/// How often a credential is read anew when another node changes it.
const MOST_ROUNDS: u32 = 8;
/// How often fresh tokens are offered to a store that does not take them, before they are revoked.
const TRIES_TO_STORE: u32 = 3;

/// What a connection was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The partner says that it is good.
    Good(Option<Account>),
    /// The partner says that the grant is gone; the partner is not onboarded any more.
    Gone,
    /// The partner cannot be asked in a way that shows it.
    CannotTell,
}

/// What keeping tokens fresh has come to.
enum Fresh {
    /// They are good for a while yet.
    Good,
    /// The partner says that there are none any more.
    Gone,
    /// Another node has changed the credential since it was read.
    Changed,
}

/// A partner's credential, opened.
struct Held {
    partner: Partner,
    stored: StoredCredential,
    tokens: Tokens,
}

impl<S: Store> Engine<S> {
    /// Asks the partner whether the connection is good, with a fresh token where the one there is has run out. A
    /// connection that is gone is cut here too.
    ///
    /// A refresh token is good once, so while one node refreshes, no other does: it is told [`Error::Contended`], and finds
    /// the fresh tokens a moment later. Where there are no other nodes, nobody is told that.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`], [`Error::NotConnected`], [`Error::NoProfile`]; [`Error::Partner`] if the partner
    /// did not answer; [`Error::Vault`]; [`Error::Store`] or [`Error::Contended`].
    pub async fn check_connection(&self, tenant: TenantId, id: PartnerId) -> Result<Check, Error> {
        let _turn = self.refreshes.turn(tenant, id).await;
        for _ in 0..MOST_ROUNDS {
            let mut held = self.held(tenant, id).await?;
            let connector = self.connector_through(&held.partner, &held.tokens.connector)?;
            match self.make_fresh(&mut held, &*connector).await? {
                Fresh::Good => return self.probe_connection(&held, &*connector).await,
                Fresh::Gone => return Ok(Check::Gone),
                Fresh::Changed => {}
            }
        }
        Err(Error::Contended(id.into()))
    }

    async fn probe_connection(&self, held: &Held, connector: &dyn Connector) -> Result<Check, Error> {
        let tokens = &held.tokens;
        let seen = connector.probe(&tokens.access_token, tokens.refresh_token.as_ref()).await?;
        let run_out = tokens.refresh_token.is_none() && tokens.expired(self.now());
        match tokens.believed(&seen) {
            (Life::Dead(_), _) | (_, Life::Dead(_)) => {
                self.lose(held).await?;
                Ok(Check::Gone)
            }
            (Life::Alive, _) => Ok(Check::Good(held.stored.account.clone())),
            (Life::Unknown, Life::Alive | Life::Unknown) if run_out => {
                self.lose(held).await?;
                Ok(Check::Gone)
            }
            (Life::Unknown, Life::Alive | Life::Unknown) => Ok(Check::CannotTell),
        }
    }

    async fn held(&self, tenant: TenantId, id: PartnerId) -> Result<Held, Error> {
        let partner = self.store.partner(tenant, id).await?.ok_or(Error::NoSuchPartner(id))?;
        let stored = match partner.status {
            Status::Onboarded => self.store.credential(tenant, id).await?,
            Status::NotOnboarded | Status::Onboarding { .. } => None,
        };
        // The two were read one after the other: what belongs to another generation is not this connection's.
        let stored = stored.filter(|stored| stored.generation == partner.generation);
        let stored = stored.ok_or(Error::NotConnected(id))?;
        let tokens = Tokens::open(&*self.ports.vault, owner(&partner, stored.generation), &stored.sealed)?;
        Ok(Held { partner, stored, tokens })
    }

    /// Sees to it that the tokens are good for a while yet, where there is a way to.
    async fn make_fresh(&self, held: &mut Held, connector: &dyn Connector) -> Result<Fresh, Error> {
        let good = !held.tokens.expired(self.now().plus(LEAST_LEFT));
        let Some(refresh_token) = held.tokens.refresh_token.clone().filter(|_| !good) else {
            return Ok(Fresh::Good);
        };
        if self.may_be_refreshing(held) {
            return Err(Error::Contended(held.partner.id.into()));
        }
        let answered_before = !held.tokens.unanswered;
        // Written down before it is asked: should the answer be lost, a token may live that nobody has. And of several nodes
        // only one can write it, so only one asks.
        let asking = Tokens { unanswered: true, ..held.tokens.clone() };
        if !self.keep(held, connector, asking).await? {
            return Ok(Fresh::Changed);
        }
        match connector.refresh(&refresh_token).await {
            Ok(grant) => {
                let mut fresh = held.tokens.refreshed(grant, self.now());
                fresh.unanswered = !answered_before;
                self.keep(held, connector, fresh).await?;
                Ok(Fresh::Good)
            }
            Err(error) if error.kind == CallFailure::Unclear => Err(error.into()),
            Err(error) => {
                let answered = Tokens { unanswered: !answered_before, ..held.tokens.clone() };
                if !self.keep(held, connector, answered).await? {
                    return Ok(Fresh::Changed);
                }
                if error.kind == CallFailure::Refused {
                    self.lose(held).await?;
                    return Ok(Fresh::Gone);
                }
                Err(error.into())
            }
        }
    }

    /// Whether another node may have asked for fresh tokens just now: nobody on this one has, as this one's turn is ours.
    fn may_be_refreshing(&self, held: &Held) -> bool {
        let (asked, now) = (held.stored.obtained, self.now());
        self.store.is_shared()
            && held.tokens.unanswered
            && asked <= now.plus(MAY_BE_UNDER_WAY)
            && now < asked.plus(MAY_BE_UNDER_WAY)
    }

    /// Stores tokens before anybody uses them. If the fence fell while new ones were on their way they are revoked, not
    /// dropped. `false` if these are not new, and the credential is not the one that was read any more.
    async fn keep(&self, held: &mut Held, connector: &dyn Connector, tokens: Tokens) -> Result<bool, Error> {
        let is_new = tokens.access_token != held.tokens.access_token;
        let sealed = tokens.seal(&*self.ports.vault, owner(&held.partner, held.stored.generation));
        let sealed = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                if is_new {
                    self.revoke_at_once(connector, &tokens).await;
                }
                return Err(error.into());
            }
        };
        let mut failed = StoreError::Busy;
        for _ in 0..TRIES_TO_STORE {
            let credential = self.replacement(held, sealed.clone());
            let partner = PartnerChange::Keep { tenant: held.partner.tenant, id: held.partner.id };
            let replace = Effect::ReplaceCredential { read: held.stored.id, credential: credential.clone() };
            match self.commit(Changeset { about: partner.into(), effects: vec![replace], audit: None }).await
            {
                Ok(()) => {
                    (held.stored, held.tokens) = (credential, tokens);
                    return Ok(true);
                }
                Err(CommitError::Stale | CommitError::Taken) if is_new => {
                    self.release_refreshed(held, connector, &tokens, &sealed).await;
                    return Err(Error::NotConnected(held.partner.id));
                }
                Err(CommitError::Stale | CommitError::Taken) => return Ok(false),
                Err(CommitError::Store(error)) => failed = error,
            }
        }
        if is_new {
            self.release_refreshed(held, connector, &tokens, &sealed).await;
        }
        Err(failed.into())
    }

    fn replacement(&self, held: &Held, sealed: Sealed) -> StoredCredential {
        let now = self.now();
        let id = CredentialId(self.time_ordered_uuid(now));
        StoredCredential { id, sealed, obtained: now, ..held.stored.clone() }
    }

    async fn release_refreshed(
        &self,
        held: &Held,
        connector: &dyn Connector,
        tokens: &Tokens,
        sealed: &Sealed,
    ) {
        let unclaimed = Unclaimed {
            partner: &held.partner,
            generation: held.stored.generation,
            account: held.stored.account.clone(),
            sealed,
            correlation: Uuid::nil(),
        };
        if let Err(error) = self.release_unclaimed(unclaimed).await {
            tracing::error!(partner = %held.partner.id, %error, "fresh tokens are in no store: revoking them at once");
            self.revoke_at_once(connector, tokens).await;
        }
    }

    /// For tokens that no store will take: it is now or never.
    pub(crate) async fn revoke_at_once(&self, connector: &dyn Connector, tokens: &Tokens) {
        if let (Some(token), crate::Revokes::EachToken) = (&tokens.refresh_token, connector.revokes()) {
            let _ = connector.revoke_refresh_token(token).await;
        }
        let _ = connector.revoke_access_token(&tokens.access_token).await;
    }

    /// The partner says that the grant is gone.
    async fn lose(&self, held: &Held) -> Result<(), Error> {
        let by = Correlated { actor: Actor::Partner, correlation: self.time_ordered_uuid(self.now()) };
        let asking = Asking { tenant: held.partner.tenant, id: held.partner.id, by: &by };
        let generation = held.stored.generation;
        match self.command(asking, |_| Command::LoseGrant { generation }).await {
            Ok(_) | Err(Error::NoSuchPartner(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
