//! The store that the configuration says, whichever it is.

mod nodes;

use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{
    AttemptId, AuditEvent, AuditEventId, ChangesetId, Generation, Partner, PartnerId, Release, ReleaseId,
    Settings, TenantId, Timestamp,
};
use gangway_engine::{
    Changeset, CommitError, Committed, DueRelease, Field, Listing, NodeId, Page, PendingReleases,
    ReleaseFilter, Sealed, SecretPlace, Store, StoreError, StoredAttempt, StoredCredential, StoredSecret,
};
use gangway_odata::Filter;

use crate::statistics::DatabaseStatistics;
use crate::{PostgresStore, SqliteStore};

/// One of the stores there are. Whoever has it need not know which.
#[derive(Debug)]
pub enum AnyStore {
    /// The embedded one: one process has it for itself.
    Sqlite(Arc<SqliteStore>),
    /// One in PostgreSQL, which any number of processes share.
    Postgres(Arc<PostgresStore>),
}

impl From<PostgresStore> for AnyStore {
    fn from(store: PostgresStore) -> Self {
        Self::Postgres(Arc::new(store))
    }
}

impl From<SqliteStore> for AnyStore {
    fn from(store: SqliteStore) -> Self {
        Self::Sqlite(Arc::new(store))
    }
}

/// The same call of whichever store it is. What a call to PostgreSQL has to remember is much, and nothing that those of the
/// embedded store should carry around: it is put aside, which takes nothing beside a round trip.
macro_rules! each {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            AnyStore::Sqlite($store) => $call.await,
            AnyStore::Postgres($store) => Box::pin($call).await,
        }
    };
}

impl AnyStore {
    /// Does and answers what was accepted, and lets go of what it has open. Closing twice is the same as closing once.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(store) => {
                let store = Arc::clone(store);
                // It waits for threads.
                if let Err(error) = tokio::task::spawn_blocking(move || store.close()).await {
                    tracing::error!(%error, "the store did not close");
                }
            }
            Self::Postgres(store) => store.close().await,
        }
    }
}

impl AnyStore {
    /// Of the database; the embedded store has none.
    #[must_use]
    pub fn statistics(&self) -> Option<DatabaseStatistics> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(store) => Some(store.statistics()),
        }
    }
}

impl Store for AnyStore {
    async fn partner(&self, tenant: TenantId, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        each!(self, store => store.partner(tenant, id))
    }

    async fn partners(&self, tenant: TenantId, listing: Listing) -> Result<Page<Partner>, StoreError> {
        each!(self, store => store.partners(tenant, listing))
    }

    async fn count_partners(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        each!(self, store => store.count_partners(tenant, filter))
    }

    async fn expired_attempts(&self, now: Timestamp, at_most: usize) -> Result<Vec<Partner>, StoreError> {
        each!(self, store => store.expired_attempts(now, at_most))
    }

    async fn audit_events(&self, tenant: TenantId, listing: Listing) -> Result<Page<AuditEvent>, StoreError> {
        each!(self, store => store.audit_events(tenant, listing))
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        each!(self, store => store.count_audit_events(tenant, filter))
    }

    async fn audit_event(
        &self,
        tenant: TenantId,
        id: AuditEventId,
    ) -> Result<Option<AuditEvent>, StoreError> {
        each!(self, store => store.audit_event(tenant, id))
    }

    async fn connected_partners(
        &self,
        after: Option<(TenantId, PartnerId)>,
        at_most: usize,
    ) -> Result<Vec<Partner>, StoreError> {
        each!(self, store => store.connected_partners(after, at_most))
    }

    async fn last_generation(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> Result<Option<Generation>, StoreError> {
        each!(self, store => store.last_generation(tenant, id))
    }

    async fn settings(&self, tenant: TenantId) -> Result<Option<Settings>, StoreError> {
        each!(self, store => store.settings(tenant))
    }

    async fn attempt(&self, tenant: TenantId, id: AttemptId) -> Result<Option<StoredAttempt>, StoreError> {
        each!(self, store => store.attempt(tenant, id))
    }

    async fn forget_attempts(&self, expired_before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        each!(self, store => store.forget_attempts(expired_before, at_most))
    }

    async fn credential(
        &self,
        tenant: TenantId,
        partner: PartnerId,
    ) -> Result<Option<StoredCredential>, StoreError> {
        each!(self, store => store.credential(tenant, partner))
    }

    async fn release(&self, tenant: TenantId, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        each!(self, store => store.release(tenant, id))
    }

    async fn release_secret(
        &self,
        tenant: TenantId,
        id: ReleaseId,
    ) -> Result<Option<(Field, Sealed)>, StoreError> {
        each!(self, store => store.release_secret(tenant, id))
    }

    async fn releases(&self, wanted: ReleaseFilter, at_most: usize) -> Result<Vec<Release>, StoreError> {
        each!(self, store => store.releases(wanted, at_most))
    }

    async fn pending_releases(&self) -> Result<PendingReleases, StoreError> {
        each!(self, store => store.pending_releases())
    }

    async fn lease_parts(&self, node: NodeId, now: Timestamp, lasts: Duration) -> Result<usize, StoreError> {
        each!(self, store => store.lease_parts(node, now, lasts))
    }

    async fn due_releases(
        &self,
        node: NodeId,
        now: Timestamp,
        at_most: usize,
    ) -> Result<Vec<DueRelease>, StoreError> {
        each!(self, store => store.due_releases(node, now, at_most))
    }

    async fn secrets(
        &self,
        after: Option<SecretPlace>,
        at_most: usize,
    ) -> Result<Vec<StoredSecret>, StoreError> {
        each!(self, store => store.secrets(after, at_most))
    }

    async fn reseal(&self, old: StoredSecret, sealed: Sealed) -> Result<bool, StoreError> {
        each!(self, store => store.reseal(old, sealed))
    }

    async fn commit(&self, change: Changeset) -> Result<Committed, CommitError> {
        each!(self, store => store.commit(change))
    }

    async fn was_committed(&self, tenant: TenantId, id: ChangesetId) -> Result<bool, StoreError> {
        each!(self, store => store.was_committed(tenant, id))
    }

    async fn forget_commits(&self, made_before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        each!(self, store => store.forget_commits(made_before, at_most))
    }

    async fn restored_at(&self) -> Result<Option<Timestamp>, StoreError> {
        each!(self, store => store.restored_at())
    }

    fn is_shared(&self) -> bool {
        match self {
            Self::Sqlite(store) => store.is_shared(),
            Self::Postgres(store) => store.is_shared(),
        }
    }

    async fn ready(&self) -> Result<(), StoreError> {
        each!(self, store => store.ready())
    }
}
