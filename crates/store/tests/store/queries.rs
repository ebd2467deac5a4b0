//! Queries: what is asked of a store in random trees, against a naive evaluation of the same trees in memory.

pub(crate) mod dice;
pub(crate) mod evaluation;
pub(crate) mod model;
pub(crate) mod rows;
pub(crate) mod trees;

use gangway_domain::{AuditEvent, Partner, TenantId};
use gangway_engine::{Listing, Page, Store, StoreError};
use gangway_odata::Filter;
use gangway_odata::model::StructuredType;
use uuid::Uuid;

use model::Node;

/// One of the collections of a store.
pub(crate) trait Items: Sized + Clone + PartialEq + std::fmt::Debug {
    const TYPE: &'static StructuredType;

    fn id(&self) -> Uuid;

    /// The item as the wire has it.
    fn node(&self) -> Node;

    async fn page(store: &impl Store, tenant: TenantId, listing: Listing) -> Result<Page<Self>, StoreError>;

    async fn count(store: &impl Store, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError>;
}

impl Items for Partner {
    const TYPE: &'static StructuredType = &gangway_engine::schema::PARTNER_BETA;

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn node(&self) -> Node {
        model::of_partner(self)
    }

    async fn page(store: &impl Store, tenant: TenantId, listing: Listing) -> Result<Page<Self>, StoreError> {
        store.partners(tenant, listing).await
    }

    async fn count(store: &impl Store, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        store.count_partners(tenant, filter).await
    }
}

impl Items for AuditEvent {
    const TYPE: &'static StructuredType = &gangway_engine::schema::AUDIT_EVENT;

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn node(&self) -> Node {
        model::of_event(self)
    }

    async fn page(store: &impl Store, tenant: TenantId, listing: Listing) -> Result<Page<Self>, StoreError> {
        store.audit_events(tenant, listing).await
    }

    async fn count(store: &impl Store, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        store.count_audit_events(tenant, filter).await
    }
}
