//! What is counted of a request, and which limits there are.

use std::time::Duration;

use aws_lc_rs::digest;
use gangway_domain::{Caller, TenantId};
use gangway_graph::{Operation, ThrottleFamily};

/// A limit that a request would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Limit {
    TenantRequests,
    TenantWrites,
    ApplicationRequests,
    ApplicationWrites,
}

/// A request is one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttled {
    /// Whole seconds after which it would be taken, if nothing else came in between; at least 1.
    pub(crate) retry_after: u64,
    /// What it is too many for: of several limits, the one that takes longest.
    pub(crate) limit: Limit,
}

/// What counts of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage<'a> {
    pub(crate) tenant: TenantId,
    /// The application; where none is known, only the tenant's limits hold.
    pub(crate) application: Option<&'a str>,
    pub(crate) family: ThrottleFamily,
    /// Whether it may change something. What does is a request as well.
    pub(crate) write: bool,
}

impl<'a> Usage<'a> {
    /// What counts of this caller's request.
    pub(crate) fn by(caller: &'a Caller, operation: Operation) -> Self {
        let row = operation.row();
        let (family, write) = (row.resource.throttle_family(), row.access.is_write());
        Self { tenant: caller.tenant, application: caller.application_id.as_deref(), family, write }
    }
}

/// What nodes call what counts a family's requests: the same on all that have windows of the same length.
pub(super) fn counter(family: ThrottleFamily, application: Option<&str>, slot: Duration) -> [u8; 16] {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(family.name().as_bytes());
    hash.update(&slot.as_nanos().to_be_bytes());
    hash.update(&[u8::from(application.is_some())]);
    hash.update(application.unwrap_or_default().as_bytes());
    let mut counter = [0; 16];
    counter.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
    counter
}

impl Limit {
    pub(crate) const ALL: [Self; 4] =
        [Self::TenantRequests, Self::TenantWrites, Self::ApplicationRequests, Self::ApplicationWrites];

    pub(super) const fn for_tenant(write: bool) -> Self {
        if write { Self::TenantWrites } else { Self::TenantRequests }
    }

    pub(super) const fn for_application(write: bool) -> Self {
        if write { Self::ApplicationWrites } else { Self::ApplicationRequests }
    }

    /// Its key in the configuration.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TenantRequests => "tenant_requests",
            Self::TenantWrites => "tenant_writes",
            Self::ApplicationRequests => "application_requests",
            Self::ApplicationWrites => "application_writes",
        }
    }
}
