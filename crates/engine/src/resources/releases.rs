use gangway_domain::{
    Account, Activity, Actor, AuditEvent, AuditEventId, Correlated, Forced, PartnerId, Release, ReleaseId,
    Status, TenantId,
};

use crate::credential::{Holdings, Owner, Sealable as _};
use crate::{
    Changeset, Effect, Engine, Error, PartnerChange, Record, ReleaseFilter, SecretChange, Store,
    StoredCredential,
};

/// How often a release is read again when a try comes between.
const MOST_ROUNDS: u32 = 16;
/// How many releases of one partner are looked at to count those that are pending.
const MOST_COUNTED: usize = 1000;

/// What a disconnect would cut. Nothing was changed to find out, neither here nor at the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The partner as it is.
    pub partner: gangway_domain::Partner,
    /// Whether there is a credential that would be revoked.
    pub credential: bool,
    /// Whose account at the partner it is for.
    pub account: Option<Account>,
    /// How many sessions are open there.
    pub sessions: Sessions,
    /// How many releases of this partner are pending already.
    pub pending_releases: usize,
}

/// How many sessions a partner says are open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sessions {
    /// So many.
    Open(u64),
    /// It is not known, for this reason.
    Unknown(String),
}

impl<S: Store> Engine<S> {
    /// Releases, newest first.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read.
    pub async fn releases(&self, wanted: ReleaseFilter, at_most: usize) -> Result<Vec<Release>, Error> {
        Ok(self.store.releases(wanted, at_most).await?)
    }

    /// One release.
    ///
    /// # Errors
    /// [`Error::NoSuchRelease`]; [`Error::Store`] if the store could not be read.
    pub async fn release(&self, tenant: TenantId, id: ReleaseId) -> Result<Release, Error> {
        self.store.release(tenant, id).await?.ok_or(Error::NoSuchRelease(id))
    }

    /// Gives up on a release: its credential is destroyed, and nobody here will ever know whether
    /// the grant is dead.
    ///
    /// # Errors
    /// [`Error::NoSuchRelease`]; [`Error::ReleaseOver`] if there is nothing to give up;
    /// [`Error::Store`] or [`Error::Contended`] if nothing could be committed.
    pub async fn force_release(
        &self,
        tenant: TenantId,
        id: ReleaseId,
        by: &Correlated,
        reason: &str,
    ) -> Result<Release, Error> {
        for _ in 0..MOST_ROUNDS {
            let before = self.release(tenant, id).await?;
            let at = self.now();
            let forced = Forced { by: by.actor.clone(), at, reason: reason.to_owned() };
            let after = before.forced(forced).ok_or(Error::ReleaseOver(id))?;
            let event = AuditEventId(self.time_ordered_uuid(at));
            let audit = AuditEvent::of_release(event, at, by.clone(), Activity::ForceRelease, &after);
            let partner = PartnerChange::Keep { tenant, id: before.partner };
            let release = after.clone();
            let secret = SecretChange::Keep;
            let effects = vec![Effect::UpdateRelease { release, read: before.version, lease: None, secret }];
            let changeset = Changeset { about: partner.into(), effects, record: Record::Event(audit) };
            if self.committed(changeset).await? {
                return Ok(after);
            }
        }
        Err(Error::ReleaseOver(id))
    }

    /// What a person has to do at the partner of a release that is given up.
    #[must_use]
    pub fn by_hand(&self, release: &Release) -> Option<String> {
        let connector = self.ports.connectors.connector(release.connector, release.profile.as_ref());
        connector.map(|connector| connector.by_hand())
    }

    /// What a disconnect of this partner would cut.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`]; [`Error::Store`] if the store could not be read. That the partner
    /// cannot be asked is no error.
    pub async fn preview_disconnect(&self, tenant: TenantId, id: PartnerId) -> Result<Preview, Error> {
        let partner = self.store.partner(tenant, id).await?.ok_or(Error::NoSuchPartner(id))?;
        let stored = match partner.status {
            Status::Onboarded => self.store.credential(tenant, id).await?,
            Status::NotOnboarded | Status::Onboarding { .. } => None,
        };
        let filter = ReleaseFilter { tenant: Some(tenant), partner: Some(id), pending_only: true };
        let pending_releases = self.store.releases(filter, MOST_COUNTED).await?.len();
        let sessions = match &stored {
            Some(stored) => self.sessions(&partner, stored).await,
            None => Sessions::Open(0),
        };
        let account = stored.as_ref().and_then(|stored| stored.account.clone());
        Ok(Preview { partner, credential: stored.is_some(), account, sessions, pending_releases })
    }

    async fn sessions(&self, partner: &gangway_domain::Partner, stored: &StoredCredential) -> Sessions {
        let unknown = Sessions::Unknown;
        let owner = Owner::at_generation(partner, stored.generation);
        let holdings = match Holdings::open(&*self.ports.vault, owner, &stored.sealed) {
            Ok(holdings) => holdings,
            Err(error) => return unknown(error.to_string()),
        };
        let Ok(connector) = self.connector_through(partner, &holdings.connector) else {
            return unknown("its profile is not in the configuration".into());
        };
        let token = holdings.set.access_token().filter(|_| !holdings.has_run_out(self.now()));
        let Some(token) = token else {
            return unknown("the access token has run out, and a dry run takes no new one".into());
        };
        match connector.open_sessions(&token.secret).await {
            Ok(Some(count)) => Sessions::Open(count),
            Ok(None) => unknown("this partner does not tell".into()),
            Err(error) => unknown(error.answer),
        }
    }

    /// Whoever runs the server, for the audit.
    #[must_use]
    pub fn operator(&self) -> Correlated {
        Correlated { actor: Actor::Operator, correlation: self.time_ordered_uuid(self.now()) }
    }
}
