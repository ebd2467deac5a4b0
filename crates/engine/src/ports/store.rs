use std::future::Future;

use gangway_domain::{AuditEvent, Partner, PartnerId, TenantId, Timestamp, Version};

/// Where partners and audit events are kept.
///
/// There are no interactive transactions: what one decision changes is one [`Changeset`], and that is
/// committed whole or not at all. Reads see everything that was committed before they began.
pub trait Store: Send + Sync + 'static {
    /// The partner with this id in this tenant.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn partner(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> impl Future<Output = Result<Option<Partner>, StoreError>> + Send;

    /// All partners of this tenant, oldest id first.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn partners(&self, tenant: TenantId) -> impl Future<Output = Result<Vec<Partner>, StoreError>> + Send;

    /// How many partners this tenant has.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn count_partners(&self, tenant: TenantId) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Partners of any tenant whose attempt has expired at `now`, longest expired first.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn expired_attempts(
        &self,
        now: Timestamp,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<Partner>, StoreError>> + Send;

    /// The audit events of this tenant, newest first (by id, which is ordered by time); of one partner only, if one is named.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn audit_events(
        &self,
        tenant: TenantId,
        partner: Option<PartnerId>,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<AuditEvent>, StoreError>> + Send;

    /// All of it, durably, or none of it. Once this has answered `Ok`, neither a crash of the process nor of
    /// the machine takes it back. If the caller stops waiting, it happens whole or not at all.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if the partner is not at the version the changeset names,
    /// [`CommitError::Taken`] if an id to be inserted is in use, [`CommitError::Store`] if nothing could be
    /// committed.
    fn commit(&self, change: Changeset) -> impl Future<Output = Result<Committed, CommitError>> + Send;

    /// Whether the store can be read and written now.
    ///
    /// # Errors
    /// [`StoreError`] that says why not.
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Everything one decision changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changeset {
    /// What becomes of the partner.
    pub partner: PartnerChange,
    /// The record of it. Its id is the idempotency key: a changeset with an id that was committed before in
    /// this tenant is not committed again.
    pub audit: AuditEvent,
}

/// What becomes of a partner's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartnerChange {
    /// It is new.
    Insert(Partner),
    /// It changes, if it is still at the version that was read.
    Update {
        /// How it is from now on.
        partner: Partner,
        /// The version it was decided on.
        read: Version,
    },
    /// It goes, if it is still at the version that was read.
    Delete {
        /// Whose it is.
        tenant: TenantId,
        /// Which one.
        id: PartnerId,
        /// The version it was decided on.
        read: Version,
    },
}

/// How a commit ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It was applied now.
    Applied,
    /// It had been applied before, under the same idempotency key; nothing changed now.
    Duplicate,
}

/// Why a changeset was not committed. Nothing of it is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Somebody else changed the partner since it was read: read again and decide again.
    #[error("the partner changed since it was read")]
    Stale,
    /// The tenant has a partner with this id already.
    #[error("the tenant has a partner with this id already")]
    Taken,
    /// The store could not commit anything.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The store did not do what it was asked. Nothing is half-done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// More is waiting to be written than the store takes on.
    #[error("the store has too much to write just now")]
    Busy,
    /// It cannot be used: disk full, file locked or damaged, shutting down. The text is for the log.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
}
