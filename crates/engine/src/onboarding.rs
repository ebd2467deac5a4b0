use gangway_domain::{Actor, AttemptId, Command, Correlated, PartnerId, Refusal, TenantId};
use uuid::Uuid;

use crate::{Engine, Error, Store};

impl<S: Store> Engine<S> {
    /// Whether this attempt could be completed now.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`] or [`Error::Refused`] if it could not; [`Error::Store`] if the store could
    /// not be read.
    pub async fn pending_attempt(
        &self,
        tenant: TenantId,
        id: PartnerId,
        attempt: AttemptId,
    ) -> Result<String, Error> {
        let partner = self.store.partner(tenant, id).await?.ok_or(Error::NoSuchPartner(id))?;
        match partner.attempt().filter(|pending| pending.id == attempt) {
            None => Err(Refusal::NoSuchAttempt.into()),
            Some(pending) if pending.expires <= self.now() => Err(Refusal::AttemptExpired.into()),
            Some(_) => Ok(partner.display_name),
        }
    }

    /// The partner consented in answer to this attempt: the partner is onboarded from now on.
    ///
    /// # Errors
    /// [`Error::NoSuchPartner`]; [`Error::Refused`] if the attempt was finished, replaced, cut or came too
    /// late; [`Error::Store`] or [`Error::Contended`] if nothing could be committed.
    pub async fn complete_onboarding(
        &self,
        tenant: TenantId,
        id: PartnerId,
        attempt: AttemptId,
        correlation: Uuid,
    ) -> Result<(), Error> {
        let by = Correlated { actor: Actor::Partner, correlation };
        self.command(tenant, &by, id, |_| Command::AcceptCallback { attempt }).await.map(drop)
    }
}
