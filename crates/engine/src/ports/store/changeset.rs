use gangway_domain::{
    AttemptId, AuditEvent, ChangesetId, Partner, PartnerId, Release, Settings, TenantId, Version,
};

use super::super::Field;
use super::records::{AttemptPhase, CredentialId, Lease, StoredAttempt, StoredCredential};
use crate::Sealed;

/// Everything one decision changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changeset {
    /// What it is about, and what becomes of that.
    pub about: About,
    /// What else changes with it, in this order. All of it is about the same tenant and partner, so
    /// nothing changes with settings.
    pub effects: Vec<Effect>,
    /// The record of it.
    pub record: Record,
}

/// What a changeset leaves behind, by which it is known again. Its id is the idempotency key: a
/// changeset with an id that was committed before in this tenant is not committed again, so one
/// whose answer was lost is simply sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An audit event.
    Event(AuditEvent),
    /// Nothing that anybody reads; it is forgotten after a while
    /// ([`super::Store::forget_commits`]).
    Silent(ChangesetId),
}

impl Record {
    /// The idempotency key.
    #[must_use]
    pub const fn id(&self) -> ChangesetId {
        match self {
            Self::Event(event) => ChangesetId(event.id.0),
            Self::Silent(id) => *id,
        }
    }

    /// The audit event, if there is one.
    #[must_use]
    pub const fn event(&self) -> Option<&AuditEvent> {
        match self {
            Self::Event(event) => Some(event),
            Self::Silent(_) => None,
        }
    }
}

/// What a changeset is about, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A partner.
    Partner(PartnerChange),
    /// A tenant's settings.
    Settings(SettingsChange),
}

impl From<PartnerChange> for About {
    fn from(change: PartnerChange) -> Self {
        Self::Partner(change)
    }
}

/// A tenant's settings become others, if they are still at the version that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingsChange {
    /// How they are from now on.
    pub settings: Settings,
    /// The version it was decided on; [`Version::NONE`] if none were stored.
    pub read: Version,
}

/// What becomes of a partner's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartnerChange {
    /// It is new. `Stale` if a partner with this id was deleted at this generation or a later one
    /// ([`super::Store::last_generation`]): no generation comes twice.
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
    /// An open attempt was answered with a code, which is kept until it is known what came of it;
    /// `Stale` if it is not open. Its secret is gone.
    RedeemAttempt {
        /// Which one.
        id: AttemptId,
        /// The code and what it takes to redeem it.
        code: Sealed,
    },
    /// An attempt is over and its secrets are gone; `Stale` if it is not in the phase it was read
    /// in.
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
    /// A release begins, with a secret where the release is pending and with none where it is
    /// confirmed.
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
        /// What becomes of its secret. Of a release that is not pending any more it is destroyed
        /// whatever this says.
        secret: SecretChange,
    },
}

/// Where the secret of a new release comes from. What is moved is at its old place no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseSecret {
    /// There is none.
    Nothing,
    /// The partner's credential; `Stale` if it is not this one.
    Credential(CredentialId),
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
