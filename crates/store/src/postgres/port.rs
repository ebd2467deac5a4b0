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

use super::{PostgresStore, commit};

impl Store for PostgresStore {
    async fn partner(&self, tenant: TenantId, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        self.read_partner(tenant, id).await
    }

    async fn partners(&self, tenant: TenantId, listing: Listing) -> Result<Page<Partner>, StoreError> {
        self.page(tenant, &listing).await
    }

    async fn count_partners(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        self.count::<Partner>(tenant, filter.as_ref()).await
    }

    async fn expired_attempts(&self, now: Timestamp, at_most: usize) -> Result<Vec<Partner>, StoreError> {
        self.read_expired(now, at_most).await
    }

    async fn audit_events(&self, tenant: TenantId, listing: Listing) -> Result<Page<AuditEvent>, StoreError> {
        self.page(tenant, &listing).await
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        self.count::<AuditEvent>(tenant, filter.as_ref()).await
    }

    async fn audit_event(
        &self,
        tenant: TenantId,
        id: AuditEventId,
    ) -> Result<Option<AuditEvent>, StoreError> {
        self.read_audit_event(tenant, id).await
    }

    async fn connected_partners(
        &self,
        after: Option<(TenantId, PartnerId)>,
        at_most: usize,
    ) -> Result<Vec<Partner>, StoreError> {
        self.read_connected(after, at_most).await
    }

    async fn last_generation(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> Result<Option<Generation>, StoreError> {
        self.read_last_generation(tenant, id).await
    }

    async fn settings(&self, tenant: TenantId) -> Result<Option<Settings>, StoreError> {
        self.read_settings(tenant).await
    }

    async fn attempt(&self, tenant: TenantId, id: AttemptId) -> Result<Option<StoredAttempt>, StoreError> {
        self.read_attempt(tenant, id).await
    }

    async fn forget_attempts(&self, expired_before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        self.forget(expired_before, at_most).await
    }

    async fn credential(
        &self,
        tenant: TenantId,
        partner: PartnerId,
    ) -> Result<Option<StoredCredential>, StoreError> {
        self.read_credential(tenant, partner).await
    }

    async fn release(&self, tenant: TenantId, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        self.read_release(tenant, id).await
    }

    async fn release_secret(
        &self,
        tenant: TenantId,
        id: ReleaseId,
    ) -> Result<Option<(Field, Sealed)>, StoreError> {
        self.read_release_secret(tenant, id).await
    }

    async fn releases(&self, wanted: ReleaseFilter, at_most: usize) -> Result<Vec<Release>, StoreError> {
        self.read_releases(wanted, at_most).await
    }

    async fn pending_releases(&self) -> Result<PendingReleases, StoreError> {
        self.read_pending().await
    }

    async fn lease_parts(&self, node: NodeId, now: Timestamp, lasts: Duration) -> Result<usize, StoreError> {
        self.take_leases(node, now, lasts).await
    }

    async fn due_releases(
        &self,
        node: NodeId,
        now: Timestamp,
        at_most: usize,
    ) -> Result<Vec<DueRelease>, StoreError> {
        self.read_due(node, now, at_most).await
    }

    async fn secrets(
        &self,
        after: Option<SecretPlace>,
        at_most: usize,
    ) -> Result<Vec<StoredSecret>, StoreError> {
        self.read_secrets(after, at_most).await
    }

    async fn reseal(&self, old: StoredSecret, sealed: Sealed) -> Result<bool, StoreError> {
        self.put_reseal(&old, &sealed).await
    }

    async fn commit(&self, change: Changeset) -> Result<Committed, CommitError> {
        // It is large, and would make everything large that waits for it.
        Box::pin(commit::commit(self, change)).await
    }

    async fn was_committed(&self, tenant: TenantId, id: ChangesetId) -> Result<bool, StoreError> {
        self.read_was_committed(tenant, id).await
    }

    async fn forget_commits(&self, made_before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        self.forget_made(made_before, at_most).await
    }

    async fn restored_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read_restored_at().await
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.give_sign().await
    }
}
