use gangway_domain::{Actor, Command, Correlated, Timestamp};

use crate::command::Asking;
use crate::{Engine, Error, Store};

impl<S: Store> Engine<S> {
    /// Gives up attempts that nobody finished in time, at most so many, and says how many it took
    /// up. Call it again at once while it answers `at_most`: there are more.
    ///
    /// # Errors
    /// [`Error::Store`] if the store could not be read or written; what was given up before stays
    /// so.
    pub async fn expire_attempts(&self, at_most: usize) -> Result<usize, Error> {
        let now = self.now();
        let expired = self.store.expired_attempts(now, at_most).await?;
        let count = expired.len();
        for partner in expired {
            let by = Correlated { actor: Actor::Gangway, correlation: self.time_ordered_uuid(now) };
            let asking = Asking { tenant: partner.tenant, id: partner.id, by: &by };
            match self.command(asking, |_| Command::ExpireAttempt).await {
                Ok(_) | Err(Error::NoSuchPartner(_) | Error::Contended(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// Forgets attempts that are long over, at most so many, and says how many. Until then a
    /// callback that comes too late is known for what it is.
    ///
    /// # Errors
    /// [`Error::Store`] if nothing could be written.
    pub async fn forget_attempts(&self, at_most: usize) -> Result<usize, Error> {
        let now = self.now().unix_seconds();
        let day = Timestamp::from_unix_seconds(now.saturating_sub(REMEMBERED_SECONDS));
        Ok(self.store.forget_attempts(day, at_most).await?)
    }
}

impl<S: Store> Engine<S> {
    /// Forgets the names of changesets that nobody sends again, at most so many, and says how many.
    ///
    /// # Errors
    /// [`Error::Store`] if nothing could be written.
    pub async fn forget_commits(&self, at_most: usize) -> Result<usize, Error> {
        let now = self.now().unix_seconds();
        let day = Timestamp::from_unix_seconds(now.saturating_sub(REMEMBERED_SECONDS));
        Ok(self.store.forget_commits(day, at_most).await?)
    }
}

/// How long an attempt is remembered after it has expired.
const REMEMBERED_SECONDS: i64 = 24 * 3600;
