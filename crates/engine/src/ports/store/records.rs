use gangway_domain::{Account, AttemptId, Generation, PartnerId, Release, ReleaseId, TenantId, Timestamp};
use uuid::Uuid;

use super::super::Binding;
use crate::Sealed;

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
    /// Its secret while it is open ([`crate::Field::Attempt`]), its code while it is being redeemed
    /// ([`crate::Field::Code`]), nothing after that.
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
    /// The tokens ([`crate::Field::Credential`]).
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
    pub binding: Binding,
    /// It.
    pub sealed: Sealed,
}
