use gangway_domain::{PartnerId, TenantId};

/// The one partner that a changeset is about, and every effect in it with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) tenant: TenantId,
    pub(super) partner: PartnerId,
}
