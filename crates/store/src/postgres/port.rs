use std::time::Duration;

use gangway_domain::{
    AttemptId, AuditEvent, AuditEventId, Partner, PartnerId, Release, ReleaseId, Settings, TenantId,
    Timestamp,
};
use gangway_engine::{
    Changeset, CommitError, Committed, DueRelease, Field, Listing, NodeId, Page, PendingReleases,
    ReleaseFilter, Sealed, SecretPlace, Store, StoreError, StoredAttempt, StoredCredential, StoredSecret,
};
use gangway_odata::Filter;

use super::{PostgresStore, commit};

fn later<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("this cannot be read from PostgreSQL yet".into()))
}

impl Store for PostgresStore {
    async fn partner(&self, _: TenantId, _: PartnerId) -> Result<Option<Partner>, StoreError> {
        later()
    }

    async fn partners(&self, _: TenantId, _: Listing) -> Result<Page<Partner>, StoreError> {
        later()
    }

    async fn count_partners(&self, _: TenantId, _: Option<Filter>) -> Result<u64, StoreError> {
        later()
    }

    async fn expired_attempts(&self, _: Timestamp, _: usize) -> Result<Vec<Partner>, StoreError> {
        later()
    }

    async fn audit_events(&self, _: TenantId, _: Listing) -> Result<Page<AuditEvent>, StoreError> {
        later()
    }

    async fn count_audit_events(&self, _: TenantId, _: Option<Filter>) -> Result<u64, StoreError> {
        later()
    }

    async fn audit_event(&self, _: TenantId, _: AuditEventId) -> Result<Option<AuditEvent>, StoreError> {
        later()
    }

    async fn connected_partners(
        &self,
        _: Option<(TenantId, PartnerId)>,
        _: usize,
    ) -> Result<Vec<Partner>, StoreError> {
        later()
    }

    async fn settings(&self, _: TenantId) -> Result<Option<Settings>, StoreError> {
        later()
    }

    async fn attempt(&self, _: TenantId, _: AttemptId) -> Result<Option<StoredAttempt>, StoreError> {
        later()
    }

    async fn forget_attempts(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        later()
    }

    async fn credential(&self, _: TenantId, _: PartnerId) -> Result<Option<StoredCredential>, StoreError> {
        later()
    }

    async fn release(&self, _: TenantId, _: ReleaseId) -> Result<Option<Release>, StoreError> {
        later()
    }

    async fn release_secret(&self, _: TenantId, _: ReleaseId) -> Result<Option<(Field, Sealed)>, StoreError> {
        later()
    }

    async fn releases(&self, _: ReleaseFilter, _: usize) -> Result<Vec<Release>, StoreError> {
        later()
    }

    async fn pending_releases(&self) -> Result<PendingReleases, StoreError> {
        later()
    }

    async fn lease_parts(&self, _: NodeId, _: Timestamp, _: Duration) -> Result<usize, StoreError> {
        later()
    }

    async fn due_releases(&self, _: NodeId, _: Timestamp, _: usize) -> Result<Vec<DueRelease>, StoreError> {
        later()
    }

    async fn secrets(&self, _: Option<SecretPlace>, _: usize) -> Result<Vec<StoredSecret>, StoreError> {
        later()
    }

    async fn reseal(&self, _: StoredSecret, _: Sealed) -> Result<bool, StoreError> {
        later()
    }

    async fn commit(&self, change: Changeset) -> Result<Committed, CommitError> {
        commit::commit(self, change).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let until = self.point_ends();
        self.points.read(until, "SELECT part FROM partners LIMIT 1", &[]).await?;
        Ok(())
    }
}
