//! Whose a sealed secret is.

use gangway_domain::{Generation, Partner, PartnerId, Release, TenantId};

use crate::{Binding, Field};

/// Which partner's secrets, and of which generation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) tenant: TenantId,
    pub(crate) partner: PartnerId,
    pub(crate) generation: Generation,
}

impl Owner {
    /// The partner at this generation.
    pub(crate) const fn at_generation(partner: &Partner, generation: Generation) -> Self {
        Self { tenant: partner.tenant, partner: partner.id, generation }
    }

    /// The partner that was cut, at the generation that was.
    pub(crate) const fn of_release(release: &Release) -> Self {
        Self { tenant: release.tenant, partner: release.partner, generation: release.generation }
    }

    pub(super) const fn binding(self, field: Field) -> Binding {
        let Self { tenant, partner, generation } = self;
        Binding { tenant, partner, generation, field }
    }
}
