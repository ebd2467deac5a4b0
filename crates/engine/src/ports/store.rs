use std::future::Future;
use std::time::Duration;

use gangway_domain::{
    Account, AttemptId, AuditEvent, Generation, Partner, PartnerId, Release, ReleaseId, TenantId, Timestamp,
    Version,
};
use uuid::Uuid;

use super::Field;
use crate::Sealed;

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

    /// Partners of any tenant that are being onboarded or are onboarded, in the order of the store's keys, after
    /// this one.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn connected_partners(
        &self,
        after: Option<(TenantId, PartnerId)>,
        at_most: usize,
    ) -> impl Future<Output = Result<Vec<Partner>, StoreError>> + Send;

    /// The attempt with this id in this tenant.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be read.
    fn attempt(
        &self,
        tenant: TenantId,
        id: AttemptId,
    ) -> impl Future<Output = Result<Option<StoredAttempt>, StoreError>> + Send;

    /// Forgets closed attempts that expired before this, and says how many; call it again while it answers
    /// `at_most`.
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

    /// Takes the leases of all parts that no other node holds at `now`, until `now` and this much later, and
    /// answers how many this node holds then. Taking a lease that was another's, or lapsed, raises the part's epoch.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    fn lease_parts(
        &self,
        node: NodeId,
        now: Timestamp,
        lasts: Duration,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Pending releases in parts that this node holds, whose next try is due at `now`, longest due first. Of those
    /// of one partner that are due it is only the oldest, so that they are done one after the other; one that is put
    /// off holds up no other.
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

    /// Puts a secret in the place of the same one sealed otherwise; `false` if that is not there any more.
    ///
    /// # Errors
    /// [`StoreError`] if nothing could be written.
    fn reseal(
        &self,
        old: StoredSecret,
        sealed: Sealed,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// All of it, durably, or none of it. Once this has answered `Ok`, neither a crash of the process nor of
    /// the machine takes it back. If the caller stops waiting, it happens whole or not at all.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if the partner, or anything an effect names, is not as the changeset says it was,
    /// [`CommitError::Taken`] if a partner's id to be inserted is in use, [`CommitError::Store`] if nothing could be
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
    /// What else changes with it, in this order. All of it is about the same tenant and partner.
    pub effects: Vec<Effect>,
    /// The record of it. Its id is the idempotency key: a changeset with an id that was committed before in
    /// this tenant is not committed again. Without a record, the effects say what they expect to find.
    pub audit: Option<AuditEvent>,
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
    /// Nothing, whatever its version is and whether or not it is there.
    Keep {
        /// Whose it is.
        tenant: TenantId,
        /// Which one.
        id: PartnerId,
    },
}

/// Something that changes together with a partner, or beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An attempt begins. Its id was never used.
    OpenAttempt(StoredAttempt),
    /// An open attempt was answered with a code, which is kept until it is known what came of it; `Stale` if it is
    /// not open. Its secret is gone.
    RedeemAttempt {
        /// Which one.
        id: AttemptId,
        /// The code and what it takes to redeem it.
        code: Sealed,
    },
    /// An attempt is over and its secrets are gone; `Stale` if it is not in the phase it was read in.
    CloseAttempt {
        /// Which one.
        id: AttemptId,
        /// The phase it was read in.
        read: AttemptPhase,
    },
    /// A callback to this attempt was refused, and an audit event tells so.
    CountRefusal {
        /// Which one.
        id: AttemptId,
    },
    /// The partner has a credential; `Stale` if it has one already.
    InsertCredential(StoredCredential),
    /// The partner's credential is another one; `Stale` if it is not the one that was read.
    ReplaceCredential {
        /// The one that was read.
        read: CredentialId,
        /// The one there is from now on.
        credential: StoredCredential,
    },
    /// A release begins, with a secret where the release is pending and with none where it is confirmed.
    BeginRelease {
        /// The release.
        release: Release,
        /// Where its secret comes from.
        secret: ReleaseSecret,
    },
    /// A release changes; `Stale` if it is not at the version that was read, or the lease is lost.
    UpdateRelease {
        /// How it is from now on.
        release: Release,
        /// The version it was decided on.
        read: Version,
        /// The lease it was taken under, if it was a node that did it.
        lease: Option<Lease>,
        /// What becomes of its secret. Of a release that is not pending any more it is destroyed whatever this says.
        secret: SecretChange,
    },
}

/// Where the secret of a new release comes from. What is moved is at its old place no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseSecret {
    /// There is none.
    Nothing,
    /// The partner's credential; `Stale` if there is none.
    Credential,
    /// The code of this attempt; `Stale` if it has none.
    Code(AttemptId),
    /// This.
    Given(Field, Sealed),
}

/// What becomes of a release's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretChange {
    /// Nothing.
    Keep,
    /// It is this from now on.
    Replace(Field, Sealed),
}

/// An attempt as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAttempt {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: AttemptId,
    /// The partner that is to be connected.
    pub partner: PartnerId,
    /// That partner's generation when the attempt began.
    pub generation: Generation,
    /// SHA-256 of its state.
    pub state_hash: [u8; 32],
    /// Where it is in its life.
    pub phase: AttemptPhase,
    /// Its secret while it is open ([`Field::Attempt`]), its code while it is being redeemed ([`Field::Code`]),
    /// nothing after that.
    pub secret: Option<Sealed>,
    /// From this moment on it can no longer be completed.
    pub expires: Timestamp,
    /// How many refused callbacks were recorded.
    pub refusals: u32,
}

/// Where an attempt is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptPhase {
    /// It waits for the partner's answer.
    Open,
    /// It was answered, and the code is being redeemed.
    Redeeming,
    /// It is over.
    Closed,
}

/// Which credential it is; another one after every refresh. Ids are never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CredentialId(pub Uuid);

/// A credential as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCredential {
    /// Whose it is.
    pub tenant: TenantId,
    /// Whose it is at that tenant.
    pub partner: PartnerId,
    /// Which one.
    pub id: CredentialId,
    /// The partner's generation it belongs to.
    pub generation: Generation,
    /// Whose account at the partner it is for.
    pub account: Option<Account>,
    /// The tokens ([`Field::Credential`]).
    pub sealed: Sealed,
    /// When the partner gave them.
    pub obtained: Timestamp,
}

/// One process that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(pub Uuid);

/// A node's right to act for a part, until another node takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub node: NodeId,
    /// How often the part's lease had changed hands then.
    pub epoch: u64,
}

/// A release to be tried, and the lease to do it under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRelease {
    /// The release.
    pub release: Release,
    /// The lease of its part.
    pub lease: Lease,
}

/// Which releases are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReleaseFilter {
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only this partner's.
    pub partner: Option<PartnerId>,
    /// Only those that are pending.
    pub pending_only: bool,
}

/// How much there is to be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PendingReleases {
    /// How many.
    pub count: u64,
    /// When the oldest was asked for.
    pub oldest: Option<Timestamp>,
}

/// Where a sealed secret lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretPlace {
    /// With an attempt.
    Attempt(TenantId, AttemptId),
    /// With a partner.
    Credential(TenantId, PartnerId),
    /// With a release.
    Release(TenantId, ReleaseId),
}

/// A sealed secret, where it lies and what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// Where it lies.
    pub place: SecretPlace,
    /// What it belongs to.
    pub binding: super::Binding,
    /// It.
    pub sealed: Sealed,
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
