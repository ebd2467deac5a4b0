//! A changeset and its outcome, of which there are three: done, refused, and unknown.

use gangway_domain::ChangesetId;

use crate::{Changeset, CommitError, Effect, Engine, Error, Record, Store, StoreError};

/// How often a changeset is sent again of which nobody knows whether it was committed.
const RESENDS: u32 = 3;

impl<S: Store> Engine<S> {
    /// Commits, and wakes whoever does releases if there is one more. If nobody knows whether it
    /// was committed it is sent again, which its id makes harmless.
    ///
    /// For example, a changeset is sent, and the database's primary dies. That is `Unknown`. It is
    /// sent again, now to the standby that took over: if the first one had reached that, the id is
    /// there and the answer is `Duplicate`; else it is done now. If the second attempt fails before
    /// anything is sent, that says nothing of the first, so it stays `Unknown`.
    ///
    /// A store takes the changeset apart and keeps its parts, so what may be sent again is a copy.
    /// Lent to the store, it would be copied part by part there.
    pub(crate) async fn commit(&self, changeset: Changeset) -> Result<(), CommitError> {
        let begins_release = changeset.effects.iter().any(begins_release);
        let mut committed = self.store.commit(changeset.clone()).await;
        for _ in 0..RESENDS {
            let Err(CommitError::Unknown(why)) = committed else { break };
            committed = match self.store.commit(changeset.clone()).await {
                // That nothing was done now says nothing of what was done before.
                Err(CommitError::Store(_)) => Err(CommitError::Unknown(why)),
                answer => answer,
            };
        }
        if begins_release && committed.is_ok() {
            self.release_begun.notify_one();
        }
        committed.map(drop)
    }

    /// As [`Engine::commit`]. Whether it was committed: `false` if somebody else was faster.
    pub(crate) async fn committed(&self, changeset: Changeset) -> Result<bool, Error> {
        match self.commit(changeset).await {
            Ok(()) => Ok(true),
            Err(CommitError::Stale | CommitError::Taken) => Ok(false),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(CommitError::Unknown(why)) => Err(StoreError::outcome_unknown(&why).into()),
        }
    }

    /// The id of a changeset that leaves no event.
    pub(crate) fn silent(&self) -> Record {
        Record::Silent(ChangesetId(self.time_ordered_uuid(self.now())))
    }
}

/// Whether there is a release to be tried after this that was not there before.
fn begins_release(effect: &Effect) -> bool {
    match effect {
        Effect::BeginRelease { release, .. } | Effect::UpdateRelease { release, lease: None, .. } => {
            release.is_pending()
        }
        Effect::OpenAttempt(_)
        | Effect::RedeemAttempt { .. }
        | Effect::CloseAttempt { .. }
        | Effect::CountRefusal { .. }
        | Effect::InsertCredential(_)
        | Effect::ReplaceCredential { .. }
        | Effect::UpdateRelease { lease: Some(_), .. } => false,
    }
}
