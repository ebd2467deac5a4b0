use gangway_domain::{
    Caller, Command, ConnectorKind, Correlated, Generation, OnboardingStatus, Partner, PartnerId, Status,
    StatusChange, TenantId, Update, create,
};
use gangway_odata::Filter;

use crate::command::{Asking, Extra, Terms};
use crate::{Effect, Engine, Error, Listing, Page, Store};

/// What a partner is created with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewPartner {
    /// Its id, if the caller has chosen one.
    pub id: Option<PartnerId>,
    /// Its properties.
    pub properties: Update,
    /// Its connector, where it is not the one the policy names.
    pub connector: Option<ConnectorKind>,
}

impl<S: Store> Engine<S> {
    /// Partners of the caller's tenant.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read, or not in time.
    pub async fn partners(&self, caller: &Caller, listing: Listing) -> Result<Page<Partner>, Error> {
        Ok(self.store.partners(caller.tenant, listing).await?)
    }

    /// How many partners the caller's tenant has; of those the filter holds for, if there is one.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read, or not in time.
    pub async fn count_partners(&self, caller: &Caller, filter: Option<Filter>) -> Result<u64, Error> {
        Ok(self.store.count_partners(caller.tenant, filter).await?)
    }

    /// One partner of the caller's tenant.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Store`] if the store
    /// could not be read.
    pub async fn partner(&self, caller: &Caller, id: PartnerId) -> Result<Partner, Error> {
        self.store.partner(caller.tenant, id).await?.ok_or(Error::NoSuchPartner(id))
    }

    /// Creates a partner in a tenant.
    ///
    /// # Errors
    /// [`Error::IdTaken`] if the chosen id is in use; [`Error::Refused`] if a property cannot be
    /// kept or set; [`Error::Store`] if nothing could be committed.
    pub async fn create_partner(
        &self,
        tenant: TenantId,
        by: &Correlated,
        new: &NewPartner,
    ) -> Result<Partner, Error> {
        let now = self.now();
        let id = new.id.unwrap_or_else(|| PartnerId(self.time_ordered_uuid(now)));
        // One that was deleted under this id had generations, and what was made for those is to fit
        // no other.
        let last = match new.id {
            Some(id) => self.store.last_generation(tenant, id).await?,
            None => None,
        };
        let blank = Partner {
            generation: last.map_or(Generation::FIRST, Generation::next),
            ..Partner::blank(tenant, id, new.connector.unwrap_or(self.policy.created_as))
        };
        let created = create(&blank, &new.properties)?;
        let mut creation = self.creation(&created, by, now);
        if created.status == Status::Onboarded {
            creation.effects.extend(self.issued(&created)?.map(Effect::InsertCredential));
        }
        let committed = self.commit(creation).await;
        committed.map_err(|error| Error::from_commit(error, id).unwrap_or(Error::Contended(id.into())))?;
        Ok(created)
    }

    /// Changes properties, and answers with the partner as it is then.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Refused`] if a
    /// property cannot be kept or set; [`Error::Store`] or [`Error::Contended`] if nothing could be
    /// committed.
    pub async fn update_partner(
        &self,
        tenant: TenantId,
        by: &Correlated,
        id: PartnerId,
        update: Update,
    ) -> Result<Partner, Error> {
        let change = |_| Command::Update(update.clone());
        // Whoever sets a simulated partner to be onboarded gets a connection as it has one that was
        // onboarded.
        let issue = |before: &Partner, after: Option<&Partner>| {
            let connects = |p: &&Partner| p.status == Status::Onboarded && before.status != Status::Onboarded;
            let issued = match after.filter(connects) {
                Some(partner) => self.issued(partner)?,
                None => None,
            };
            let effects = issued.map(Effect::InsertCredential).into_iter().collect();
            Ok(Extra { effects, ..Extra::default() })
        };
        let done = self.command_with(Asking { tenant, id, by }, &Terms::NONE, change, issue).await?;
        done.after.ok_or(Error::NoSuchPartner(id))
    }

    /// Cuts a partner off and forgets it.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Store`] or
    /// [`Error::Contended`] if nothing could be committed.
    pub async fn delete_partner(
        &self,
        tenant: TenantId,
        by: &Correlated,
        id: PartnerId,
    ) -> Result<(), Error> {
        self.command(Asking { tenant, id, by }, |_| Command::Delete).await.map(drop)
    }

    /// Cuts the connection; when this returns, no node can use it again. Asked twice, it cuts once.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Store`] or
    /// [`Error::Contended`] if nothing could be committed.
    pub async fn disconnect(&self, tenant: TenantId, by: &Correlated, id: PartnerId) -> Result<(), Error> {
        self.command(Asking { tenant, id, by }, |_| Command::Disconnect).await.map(drop)
    }

    /// The status a body asks for, with what it takes to get there.
    #[must_use]
    pub fn status_change(&self, status: OnboardingStatus) -> StatusChange {
        use OnboardingStatus as O;
        match status {
            O::NotOnboarded => StatusChange::NotOnboarded,
            O::Onboarding => StatusChange::Onboarding(self.new_attempt(self.now())),
            O::Onboarded => StatusChange::Onboarded,
        }
    }
}
