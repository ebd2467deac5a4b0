mod changeset;
mod listing;
mod records;

use std::future::Future;
use std::time::Duration;

use gangway_domain::{
    AttemptId, AuditEvent, AuditEventId, ChangesetId, Generation, Partner, PartnerId, Release, ReleaseId,
    Settings, TenantId, Timestamp,
};
use gangway_odata::Filter;

use super::Field;
use crate::Sealed;

pub use changeset::{
    About, Changeset, Effect, PartnerChange, Record, ReleaseSecret, SecretChange, SettingsChange,
};
pub use listing::{Listing, Page, Position, SortKey};
pub use records::{
    AttemptPhase, CredentialId, DueRelease, Lease, NodeId, PendingReleases, ReleaseFilter, SecretPlace,
    StoredAttempt, StoredCredential, StoredSecret,
};

/// Where partners, settings and audit events are kept.
///
/// There are no interactive transactions: what one decision changes is one [`Changeset`], and that
/// is committed whole or not at all. Reads see everything that was committed before they began.
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

    /// Partners of this tenant, as types of `gangway_graph::schema::PARTNER_BETA` are asked for.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read, or not in time.
    fn partners(
        &self,
        tenant: TenantId,
        listing: Listing,
    ) -> impl Future<Output = Result<Page<Partner>, StoreError>> + Send;

    /// How many partners this tenant has; of those the filter holds for, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read, or not in time.
    fn count_partners(
        &self,
        tenant: TenantId,
        filter: Option<Filter>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Partners of any tenant whose attempt has expired at `now`, longest expired first.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn expired_attempts(
        &self,
        now: Timestamp,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<Partner>, StoreError>> + Send;

    /// Audit events of this tenant, as they are asked for as `gangway_graph::schema::AUDIT_EVENT`.
    /// Their ids are ordered by time.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read, or not in time.
    fn audit_events(
        &self,
        tenant: TenantId,
        listing: Listing,
    ) -> impl Future<Output = Result<Page<AuditEvent>, StoreError>> + Send;

    /// How many audit events this tenant has; of those the filter holds for, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read, or not in time.
    fn count_audit_events(
        &self,
        tenant: TenantId,
        filter: Option<Filter>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// The audit event with this id in this tenant.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn audit_event(
        &self,
        tenant: TenantId,
        id: AuditEventId,
    ) -> impl Future<Output = Result<Option<AuditEvent>, StoreError>> + Send;

    /// Partners of any tenant that are being onboarded or are onboarded, in the order of the
    /// store's keys, after this one.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn connected_partners(
        &self,
        after: Option<(TenantId, PartnerId)>,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<Partner>, StoreError>> + Send;

    /// The generation at which a partner with this id was deleted last in this tenant; `None` if
    /// none ever was.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn last_generation(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> impl Future<Output = Result<Option<Generation>, StoreError>> + Send;

    /// The settings of this tenant; `None` if it has never set any.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn settings(&self, tenant: TenantId)
    -> impl Future<Output = Result<Option<Settings>, StoreError>> + Send;

    /// The attempt with this id in this tenant.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn attempt(
        &self,
        tenant: TenantId,
        id: AttemptId,
    ) -> impl Future<Output = Result<Option<StoredAttempt>, StoreError>> + Send;

    /// Forgets closed attempts that expired before this, and says how many; call it again while it
    /// answers `at_most`.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    fn forget_attempts(
        &self,
        expired_before: Timestamp,
        at_most: usize,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// The credential of this partner.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn credential(
        &self,
        tenant: TenantId,
        partner: PartnerId,
    ) -> impl Future<Output = Result<Option<StoredCredential>, StoreError>> + Send;

    /// The release with this id in this tenant.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn release(
        &self,
        tenant: TenantId,
        id: ReleaseId,
    ) -> impl Future<Output = Result<Option<Release>, StoreError>> + Send;

    /// What a release still holds: nothing once it is over.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn release_secret(
        &self,
        tenant: TenantId,
        id: ReleaseId,
    ) -> impl Future<Output = Result<Option<(Field, Sealed)>, StoreError>> + Send;

    /// Releases, newest first.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn releases(
        &self,
        wanted: ReleaseFilter,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<Release>, StoreError>> + Send;

    /// How many releases are pending, and since when the oldest of them is.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn pending_releases(&self) -> impl Future<Output = Result<PendingReleases, StoreError>> + Send;

    /// Takes the leases of all parts that no other node holds at `now`, until `now` and this much
    /// later, and answers how many this node holds then. Taking a lease that was another's, or
    /// lapsed, raises the part's epoch.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    fn lease_parts(
        &self,
        node: NodeId,
        now: Timestamp,
        lasts: Duration,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Pending releases in parts that this node holds, whose next try is due at `now`, longest due
    /// first. Of each partner only the oldest of those that are due, so that they are tried one at
    /// a time and in order; one that waits for its next try holds up nobody. What is put off for
    /// longer than [`gangway_domain::retry::LONGEST_PAUSE`] is due too: it was written down while
    /// the clock was wrong.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn due_releases(
        &self,
        node: NodeId,
        now: Timestamp,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<DueRelease>, StoreError>> + Send;

    /// All sealed secrets, in the order of their places, after this one.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn secrets(
        &self,
        after: Option<SecretPlace>,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<StoredSecret>, StoreError>> + Send;

    /// Puts a secret in the place of the same one sealed otherwise; `false` if that is not there
    /// any more.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    fn reseal(
        &self,
        old: StoredSecret,
        sealed: Sealed,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// All of it, durably, or none of it. Once this has answered `Ok`, neither a crash of the
    /// process nor of the machine takes it back. If the caller stops waiting, it happens whole or
    /// not at all.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if the partner, the settings, or anything an effect names, is not as
    /// the changeset says it was, [`CommitError::Taken`] if a partner's id to be inserted is in
    /// use, [`CommitError::Store`] if nothing was committed, and [`CommitError::Unknown`] if that
    /// cannot be known: nothing may be concluded from it. Commit the same changeset again, and its
    /// id sees to it that it is done once.
    fn commit(&self, change: Changeset) -> impl Future<Output = Result<Committed, CommitError>> + Send;

    /// Whether a changeset with this id was committed in this tenant, as far as it is remembered.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn was_committed(
        &self,
        tenant: TenantId,
        id: ChangesetId,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Forgets silent changesets that were committed before this, and says how many; call it again
    /// while it answers `at_most`. Their ids are of version 7 (RFC 9562), which says when they were
    /// made.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    fn forget_commits(
        &self,
        made_before: Timestamp,
        at_most: usize,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// When an older copy of it took its place last, as a backup does that is restored: what is in
    /// it from before may have been changed since, which it does not know. `None` if none ever did.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn restored_at(&self) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Whether other nodes may use the store at the same time. Where none can, nobody but this node
    /// can be about anything in it: what another run of it was about when it ended, nobody is about
    /// any more.
    fn is_shared(&self) -> bool;

    /// Whether the store can be read and written now.
    ///
    /// # Errors
    /// [`StoreError`] that says why not.
    fn ready(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// How a commit ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It was applied now.
    Applied,
    /// It had been applied before, under the same idempotency key; nothing changed now.
    Duplicate,
}

/// Why a changeset was not committed, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Somebody else changed what it is about since it was read: read again and decide again.
    /// Nothing of it is there.
    #[error("it changed since it was read")]
    Stale,
    /// The tenant has a partner with this id already. Nothing of it is there.
    #[error("the tenant has a partner with this id already")]
    Taken,
    /// The store could not commit anything. Nothing of it is there.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was sent, and whether it was done is not known: all of it may be there, or come to be, or
    /// nothing. The text is for the log.
    #[error("nobody knows whether the change was made: {0}")]
    Unknown(String),
}

/// The store did not do what it was asked. Nothing is half-done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// More is waiting than the store takes on, or what was asked had to wait for others for too
    /// long.
    #[error("the store has too much to do just now")]
    Busy,
    /// A list or a count had all the time the store allows, and was not done: it never will be.
    /// Whoever had less time than that is told [`StoreError::Unavailable`].
    #[error("the list took longer than the store allows")]
    TooSlow,
    /// It cannot be used: disk full, file locked or damaged, shutting down. The text is for the
    /// log.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// What somebody is told whose change may be there or not. Whatever asks for it again does it
    /// once.
    pub(crate) fn outcome_unknown(why: &str) -> Self {
        Self::Unavailable(format!("nobody knows whether the change was made: {why}"))
    }
}
