use gangway_domain::{
    Caller, Command, ConnectorKind, Correlated, Decision, Generation, OnboardingStatus, Outcome, Partner,
    PartnerId, Status, StatusChange, TenantId, Timestamp, Update, Version, create, decide,
};

use crate::{Engine, Error, Store};

/// How often a use-case reads and decides anew when others change the same partner at the same time.
/// One of all the concurrent callers wins each round, so this is also how many of them can be served.
const MOST_ROUNDS: u32 = 256;

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
    /// All partners of the caller's tenant.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read.
    pub async fn partners(&self, caller: &Caller) -> Result<Vec<Partner>, Error> {
        Ok(self.store.partners(caller.tenant).await?)
    }

    /// How many partners the caller's tenant has.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read.
    pub async fn count_partners(&self, caller: &Caller) -> Result<u64, Error> {
        Ok(self.store.count_partners(caller.tenant).await?)
    }

    /// One partner of the caller's tenant.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Store`] if the store could not
    /// be read.
    pub async fn partner(&self, caller: &Caller, id: PartnerId) -> Result<Partner, Error> {
        self.store.partner(caller.tenant, id).await?.ok_or(Error::NoSuchPartner(id))
    }

    /// Creates a partner in a tenant.
    ///
    /// # Errors
    /// [`Error::IdTaken`] if the chosen id is in use; [`Error::Refused`] if a property cannot be kept or set;
    /// [`Error::Store`] if nothing could be committed.
    pub async fn create_partner(
        &self,
        tenant: TenantId,
        by: &Correlated,
        new: &NewPartner,
    ) -> Result<Partner, Error> {
        let now = self.now();
        let id = new.id.unwrap_or_else(|| PartnerId(self.time_ordered_uuid(now)));
        let blank = Partner {
            tenant,
            id,
            display_name: String::new(),
            onboarding_url: None,
            connector: new.connector.unwrap_or(self.policy.created_as),
            profile: None,
            status: Status::NotOnboarded,
            last_connection: Timestamp::NEVER,
            generation: Generation::FIRST,
            version: Version::FIRST,
        };
        let created = create(&blank, &new.properties)?;
        let committed = self.store.commit(self.creation(&created, by, now)).await;
        committed.map_err(|error| Error::from_commit(error, id).unwrap_or(Error::Contended(id)))?;
        Ok(created)
    }

    /// Changes properties, and answers with the partner as it is then.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Refused`] if a property cannot
    /// be kept or set; [`Error::Store`] or [`Error::Contended`] if nothing could be committed.
    pub async fn update_partner(
        &self,
        tenant: TenantId,
        by: &Correlated,
        id: PartnerId,
        update: Update,
    ) -> Result<Partner, Error> {
        let after = self.command(tenant, by, id, |_| Command::Update(update.clone())).await?;
        after.ok_or(Error::NoSuchPartner(id))
    }

    /// Cuts a partner off and forgets it.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Store`] or [`Error::Contended`]
    /// if nothing could be committed.
    pub async fn delete_partner(
        &self,
        tenant: TenantId,
        by: &Correlated,
        id: PartnerId,
    ) -> Result<(), Error> {
        self.command(tenant, by, id, |_| Command::Delete).await.map(drop)
    }

    /// Starts to connect a partner. One that is connected already stays so.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Refused`] if the partner lacks
    /// what it takes; [`Error::Store`] or [`Error::Contended`] if nothing could be committed.
    pub async fn begin_onboarding(
        &self,
        tenant: TenantId,
        by: &Correlated,
        id: PartnerId,
    ) -> Result<(), Error> {
        let begin = |now| Command::BeginOnboarding { attempt: self.new_attempt(now) };
        self.command(tenant, by, id, begin).await.map(drop)
    }

    /// Cuts the connection; when this returns, no node can use it again. Asked twice, it cuts once.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] if the tenant has none with this id; [`Error::Store`] or [`Error::Contended`]
    /// if nothing could be committed.
    pub async fn disconnect(&self, tenant: TenantId, by: &Correlated, id: PartnerId) -> Result<(), Error> {
        self.command(tenant, by, id, |_| Command::Disconnect).await.map(drop)
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

    /// Reads, decides, commits; and again from the start where somebody else was faster. Answers with the
    /// partner as it is then, or `None` if it was removed.
    pub(crate) async fn command(
        &self,
        tenant: TenantId,
        by: &Correlated,
        id: PartnerId,
        command: impl Fn(Timestamp) -> Command + Send,
    ) -> Result<Option<Partner>, Error> {
        for _ in 0..MOST_ROUNDS {
            let before = self.store.partner(tenant, id).await?.ok_or(Error::NoSuchPartner(id))?;
            let now = self.now();
            let Decision::Changed(change) = decide(&before, &command(now), now)? else {
                return Ok(Some(before));
            };
            let after = match &change.outcome {
                Outcome::Becomes(partner) => Some(partner.clone()),
                Outcome::Removed => None,
            };
            match self.store.commit(self.changeset(&before, change, by, now)).await {
                Ok(_) => return Ok(after),
                Err(error) => {
                    if let Some(error) = Error::from_commit(error, id) {
                        return Err(error);
                    }
                }
            }
        }
        Err(Error::Contended(id))
    }
}
