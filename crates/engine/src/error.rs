use gangway_domain::{AuditEventId, PartnerId, Refusal, ReleaseId, ResourceId};

use crate::{CallError, CommitError, StoreError, VaultError};

/// Why a use-case did not do what it was asked. Unless it says otherwise, nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The tenant has no partner with this id.
    #[error("the tenant has no partner {0}")]
    NoSuchPartner(PartnerId),
    /// The tenant has no audit event with this id.
    #[error("the tenant has no audit event {0}")]
    NoSuchAuditEvent(AuditEventId),
    /// The tenant has a partner with this id already.
    #[error("the tenant has a partner {0} already")]
    IdTaken(PartnerId),
    /// The partner's state or a property forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The configuration has no way to connect this partner (any more).
    #[error("partner {0} cannot be connected: its profile is not in the configuration")]
    NoProfile(PartnerId),
    /// The partner is not connected.
    #[error("partner {0} is not connected")]
    NotConnected(PartnerId),
    /// An answer that came back from a partner is not taken.
    #[error("the partner's answer is not taken: {0}")]
    Callback(#[from] CallbackRefusal),
    /// The partner did not do what it was asked.
    #[error("the partner answered: {0}")]
    Partner(#[from] CallError),
    /// There is no release with this id.
    #[error("there is no release {0}")]
    NoSuchRelease(ReleaseId),
    /// The release is over already.
    #[error("release {0} is over already")]
    ReleaseOver(ReleaseId),
    /// Others changed the same partner, or the tenant's settings, again and again while this was
    /// tried.
    #[error("{0} is being changed by too many at once")]
    Contended(ResourceId),
    /// A secret could not be sealed or opened.
    #[error("a secret cannot be used: {0}")]
    Vault(#[from] VaultError),
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
            CommitError::Unknown(why) => Some(Self::Store(StoreError::outcome_unknown(&why))),
        }
    }
}

/// Why a callback is not taken. Nothing changes then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefusal {
    /// No state, or none that was made here.
    #[error("it belongs to no attempt that is known")]
    Unknown,
    /// The attempt is known, its secret is another.
    #[error("its state is not the one that was sent")]
    Foreign,
    /// It came with a browser that has not opened the `onboardingUrl`.
    #[error("it came with another browser")]
    OtherBrowser,
    /// It came from another partner than the one that was asked (mix-up, RFC 9207).
    #[error("it is from another partner than was asked")]
    MixedUp,
    /// The attempt was answered before.
    #[error("the attempt was answered before")]
    Replayed,
    /// The attempt is over: completed, replaced, cut or expired.
    #[error("the attempt is over")]
    Late,
    /// The partner, or whoever was asked there, said no.
    #[error("the partner did not consent")]
    NotConsented,
    /// Neither a code nor an error.
    #[error("it says neither yes nor no")]
    Empty,
}
