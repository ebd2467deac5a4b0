use gangway_domain::{Actor, Command, Correlated};

use crate::{Engine, Error, Store};

impl<S: Store> Engine<S> {
    /// Gives up attempts that nobody finished in time, at most so many, and says how many it took up.
    /// Call it again at once while it answers `at_most`: there are more.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read or written; what was given up before stays so.
    pub async fn expire_attempts(&self, at_most: usize) -> Result<usize, Error> {
        let now = self.now();
        let expired = self.store.expired_attempts(now, at_most).await?;
        let count = expired.len();
        for partner in expired {
            let by = Correlated { actor: Actor::Gangway, correlation: self.time_ordered_uuid(now) };
            match self.command(partner.tenant, &by, partner.id, |_| Command::ExpireAttempt).await {
                Ok(_) | Err(Error::NoSuchPartner(_) | Error::Contended(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}
