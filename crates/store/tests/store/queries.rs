//! Queries: what is asked of a store in random trees, against a naive evaluation of the same trees in memory.

pub(crate) mod dice;
pub(crate) mod evaluation;
pub(crate) mod model;
pub(crate) mod rows;
pub(crate) mod trees;

use gangway_domain::{AuditEvent, Partner, TenantId};
use gangway_engine::{Listing, Page, Store, StoreError};
use gangway_odata::model::StructuredType;
use gangway_odata::{Comparison, Filter, Literal, Operand, OrderBy};
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
    const TYPE: &'static StructuredType = &gangway_graph::schema::PARTNER_BETA;

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
    const TYPE: &'static StructuredType = &gangway_graph::schema::AUDIT_EVENT;

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

/// The path to a property of an item.
pub(crate) fn path<T: Items>(names: &str) -> Operand {
    let is_it = |path: &gangway_odata::Path| path.steps.iter().map(|step| step.name).eq(names.split('/'));
    let found = trees::paths(&trees::item_of(T::TYPE)).into_iter().find(|(path, _)| is_it(path));
    Operand::Path(found.unwrap().0)
}

pub(crate) fn by<T: Items>(names: &str, descending: bool) -> OrderBy {
    OrderBy { key: path::<T>(names), descending }
}

/// Whether a property has this value.
pub(crate) fn is<T: Items>(names: &str, value: Literal) -> Filter {
    Filter::Compare { left: path::<T>(names), comparison: Comparison::Eq, right: Operand::Literal(value) }
}
