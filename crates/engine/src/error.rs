use gangway_domain::{PartnerId, Refusal};

use crate::{CommitError, StoreError};

/// Why a use-case did not do what it was asked. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The tenant has no partner with this id.
    #[error("the tenant has no partner {0}")]
    NoSuchPartner(PartnerId),
    /// The tenant has a partner with this id already.
    #[error("the tenant has a partner {0} already")]
    IdTaken(PartnerId),
    /// The partner's state or a property forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Others changed the same partner again and again while this was tried.
    #[error("partner {0} is being changed by too many at once")]
    Contended(PartnerId),
    /// The store did not answer as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// What a failed commit means to the caller; `None` where it is worth trying again.
    pub(crate) fn from_commit(error: CommitError, id: PartnerId) -> Option<Self> {
        match error {
            CommitError::Stale => None,
            CommitError::Taken => Some(Self::IdTaken(id)),
            CommitError::Store(error) => Some(Self::Store(error)),
        }
    }
}
