use gangway_domain::{PartnerId, TenantId};

/// The one partner that a changeset is about, and everything in it with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) tenant: TenantId,
    pub(super) partner: PartnerId,
}
