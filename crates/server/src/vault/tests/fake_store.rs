use std::sync::Mutex;
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
use uuid::Uuid;

/// What happens beside a call of `reseal`, before it does its work.
type Beside = Box<dyn FnMut(&mut Vec<StoredSecret>) + Send>;

/// The sealed secrets of a store, and nothing else of it.
pub(super) struct Secrets {
    rows: Mutex<Vec<StoredSecret>>,
    beside: Mutex<Beside>,
    /// The length of each page that was asked for.
    pub(super) asked: Mutex<Vec<usize>>,
}

impl Secrets {
    pub(super) fn of(rows: Vec<StoredSecret>) -> Self {
        Self { rows: Mutex::new(rows), beside: Mutex::new(Box::new(|_| {})), asked: Mutex::default() }
    }

    /// Where somebody else writes, too.
    pub(super) fn beside(self, work: impl FnMut(&mut Vec<StoredSecret>) + Send + 'static) -> Self {
        *self.beside.lock().unwrap() = Box::new(work);
        self
    }

    pub(super) fn rows(&self) -> Vec<StoredSecret> {
        self.rows.lock().unwrap().clone()
    }
}

fn order(place: SecretPlace) -> (u8, Uuid, Uuid) {
    match place {
        SecretPlace::Attempt(tenant, id) => (0, tenant.0, id.0),
        SecretPlace::Credential(tenant, id) => (1, tenant.0, id.0),
        SecretPlace::Release(tenant, id) => (2, tenant.0, id.0),
    }
}

fn nothing<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("this store has secrets only".into()))
}

impl Store for Secrets {
    async fn secrets(
        &self,
        after: Option<SecretPlace>,
        at_most: usize,
    ) -> Result<Vec<StoredSecret>, StoreError> {
        self.asked.lock().unwrap().push(at_most);
        let mut rows = self.rows();
        rows.sort_by_key(|row| order(row.place));
        rows.retain(|row| after.is_none_or(|after| order(row.place) > order(after)));
        rows.truncate(at_most);
        Ok(rows)
    }

    async fn last_generation(&self, _: TenantId, _: PartnerId) -> Result<Option<Generation>, StoreError> {
        nothing()
    }

    async fn was_committed(&self, _: TenantId, _: ChangesetId) -> Result<bool, StoreError> {
        nothing()
    }

    async fn forget_commits(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        nothing()
    }

    async fn reseal(&self, old: StoredSecret, sealed: Sealed) -> Result<bool, StoreError> {
        let mut rows = self.rows.lock().unwrap();
        (self.beside.lock().unwrap())(&mut rows);
        let found = rows.iter_mut().find(|row| **row == old);
        Ok(found.map(|row| row.sealed = sealed).is_some())
    }

    async fn partner(&self, _: TenantId, _: PartnerId) -> Result<Option<Partner>, StoreError> {
        nothing()
    }
    async fn partners(&self, _: TenantId, _: Listing) -> Result<Page<Partner>, StoreError> {
        nothing()
    }
    async fn count_partners(&self, _: TenantId, _: Option<Filter>) -> Result<u64, StoreError> {
        nothing()
    }
    async fn expired_attempts(&self, _: Timestamp, _: usize) -> Result<Vec<Partner>, StoreError> {
        nothing()
    }
    async fn audit_events(&self, _: TenantId, _: Listing) -> Result<Page<AuditEvent>, StoreError> {
        nothing()
    }
    async fn count_audit_events(&self, _: TenantId, _: Option<Filter>) -> Result<u64, StoreError> {
        nothing()
    }
    async fn audit_event(&self, _: TenantId, _: AuditEventId) -> Result<Option<AuditEvent>, StoreError> {
        nothing()
    }
    async fn connected_partners(
        &self,
        _: Option<(TenantId, PartnerId)>,
        _: usize,
    ) -> Result<Vec<Partner>, StoreError> {
        nothing()
    }
    async fn settings(&self, _: TenantId) -> Result<Option<Settings>, StoreError> {
        nothing()
    }
    async fn attempt(&self, _: TenantId, _: AttemptId) -> Result<Option<StoredAttempt>, StoreError> {
        nothing()
    }
    async fn forget_attempts(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        nothing()
    }
    async fn credential(&self, _: TenantId, _: PartnerId) -> Result<Option<StoredCredential>, StoreError> {
        nothing()
    }
    async fn release(&self, _: TenantId, _: ReleaseId) -> Result<Option<Release>, StoreError> {
        nothing()
    }
    async fn release_secret(&self, _: TenantId, _: ReleaseId) -> Result<Option<(Field, Sealed)>, StoreError> {
        nothing()
    }
    async fn releases(&self, _: ReleaseFilter, _: usize) -> Result<Vec<Release>, StoreError> {
        nothing()
    }
    async fn pending_releases(&self) -> Result<PendingReleases, StoreError> {
        nothing()
    }
    async fn lease_parts(&self, _: NodeId, _: Timestamp, _: Duration) -> Result<usize, StoreError> {
        nothing()
    }
    async fn due_releases(&self, _: NodeId, _: Timestamp, _: usize) -> Result<Vec<DueRelease>, StoreError> {
        nothing()
    }
    async fn commit(&self, _: Changeset) -> Result<Committed, CommitError> {
        Ok(nothing()?)
    }
    async fn restored_at(&self) -> Result<Option<Timestamp>, StoreError> {
        nothing()
    }
    fn is_shared(&self) -> bool {
        false
    }
    async fn ready(&self) -> Result<(), StoreError> {
        nothing()
    }
}
