use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{
    AttemptId, AuditEvent, AuditEventId, ChangesetId, Generation, Partner, PartnerId, Release, ReleaseId,
    Settings, TenantId, Timestamp,
};
use gangway_engine::{
    Changeset, CommitError, Committed, DueRelease, Field, Listing, NodeId, Page, PendingReleases,
    ReleaseFilter, Sealed, SecretPlace, Store, StoreError, StoredAttempt, StoredCredential, StoredSecret,
    deadline,
};
use gangway_odata::Filter;
use rusqlite::Connection;
use tokio::time::timeout_at;

use crate::sqlite::SqliteStore;
use crate::sqlite::backup::restored;
use crate::sqlite::fault::Fault;
use crate::sqlite::queries::pages;
use crate::sqlite::readers::Readers;
use crate::sqlite::rows::secret::reseal::{self, Reseal};
use crate::sqlite::rows::{
    attempt, audit_event, commit, credential, departed_partner, lease, partner, release, settings,
};
use crate::sqlite::writer::changeset::Write;
use crate::sqlite::writer::group::Work;

impl SqliteStore {
    async fn list<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        aside(&self.lists, read).await
    }

    /// Reads what a caller of this tenant asks for, when it is the tenant's turn. To be too slow it has to have had the time it
    /// may take; whoever waits less long may ask again.
    async fn query<T: Send + 'static>(
        &self,
        tenant: TenantId,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reading = self.read_in_turn(tenant, read);
        match deadline::at() {
            None => reading.await,
            Some(until) => timeout_at(until.into(), reading).await.unwrap_or_else(|_| {
                Err(StoreError::Unavailable("there was no time left for the list".into()))
            }),
        }
    }

    async fn read_in_turn<T: Send + 'static>(
        &self,
        tenant: TenantId,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let slot =
            self.fair_queue.wait(tenant).await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        // A read goes on when its caller has gone, and keeps its slot until it ends.
        let read = move |connection: &Connection| {
            let _slot = slot;
            read(connection)
        };
        aside(&self.queries, read).await
    }

    /// Has the writer do something that has no conditions, and answers with how many rows.
    async fn write(&self, work: Work) -> Result<usize, StoreError> {
        match self.queue.submit(work).await {
            Ok(done) => Ok(done.count),
            Err(CommitError::Store(error)) => Err(error),
            Err(error @ (CommitError::Stale | CommitError::Taken | CommitError::Unknown(_))) => {
                Err(StoreError::Unavailable(error.to_string()))
            }
        }
    }
}

/// Reads on a thread where it may take a while.
async fn aside<T: Send + 'static>(
    readers: &Arc<Readers>,
    read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
) -> Result<T, StoreError> {
    let readers = Arc::clone(readers);
    let reading = tokio::task::spawn_blocking(move || readers.read(read));
    reading.await.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}

/// Reads of one row are done on the calling thread: they take a few microseconds, less than a hop to another thread
/// and back.
impl Store for SqliteStore {
    async fn partner(&self, tenant: TenantId, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        self.points.read(|connection| partner::one(connection, tenant, id))
    }

    async fn partners(&self, tenant: TenantId, listing: Listing) -> Result<Page<Partner>, StoreError> {
        self.query(tenant, move |connection| pages::page(connection, tenant, &listing)).await
    }

    async fn count_partners(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        self.query(tenant, move |connection| pages::count::<Partner>(connection, tenant, filter.as_ref()))
            .await
    }

    async fn expired_attempts(&self, now: Timestamp, at_most: usize) -> Result<Vec<Partner>, StoreError> {
        self.list(move |connection| partner::expired(connection, now, at_most)).await
    }

    async fn audit_events(&self, tenant: TenantId, listing: Listing) -> Result<Page<AuditEvent>, StoreError> {
        self.query(tenant, move |connection| pages::page(connection, tenant, &listing)).await
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: Option<Filter>) -> Result<u64, StoreError> {
        self.query(tenant, move |connection| pages::count::<AuditEvent>(connection, tenant, filter.as_ref()))
            .await
    }

    async fn audit_event(
        &self,
        tenant: TenantId,
        id: AuditEventId,
    ) -> Result<Option<AuditEvent>, StoreError> {
        self.points.read(|connection| audit_event::one(connection, tenant, id))
    }

    async fn connected_partners(
        &self,
        after: Option<(TenantId, PartnerId)>,
        at_most: usize,
    ) -> Result<Vec<Partner>, StoreError> {
        self.list(move |connection| partner::connected(connection, after, at_most)).await
    }

    async fn last_generation(
        &self,
        tenant: TenantId,
        id: PartnerId,
    ) -> Result<Option<Generation>, StoreError> {
        self.points.read(|connection| departed_partner::last(connection, tenant, id))
    }

    async fn settings(&self, tenant: TenantId) -> Result<Option<Settings>, StoreError> {
        self.points.read(|connection| settings::one(connection, tenant))
    }

    async fn attempt(&self, tenant: TenantId, id: AttemptId) -> Result<Option<StoredAttempt>, StoreError> {
        self.points.read(|connection| attempt::one(connection, tenant, id))
    }

    async fn forget_attempts(&self, expired_before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        self.write(Work::ForgetAttempts { expired_before, at_most }).await
    }

    async fn credential(
        &self,
        tenant: TenantId,
        partner: PartnerId,
    ) -> Result<Option<StoredCredential>, StoreError> {
        self.points.read(|connection| credential::one(connection, tenant, partner))
    }

    async fn release(&self, tenant: TenantId, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        self.points.read(|connection| release::one(connection, tenant, id))
    }

    async fn release_secret(
        &self,
        tenant: TenantId,
        id: ReleaseId,
    ) -> Result<Option<(Field, Sealed)>, StoreError> {
        self.points.read(|connection| release::secret(connection, tenant, id))
    }

    async fn releases(&self, wanted: ReleaseFilter, at_most: usize) -> Result<Vec<Release>, StoreError> {
        self.list(move |connection| release::some(connection, wanted, at_most)).await
    }

    async fn pending_releases(&self) -> Result<PendingReleases, StoreError> {
        self.list(release::pending).await
    }

    /// A lease lasts until another process opens the database and takes it: see [`lease`]. So when nothing
    /// changes nothing is written, however often it is asked.
    async fn lease_parts(&self, node: NodeId, _: Timestamp, _: Duration) -> Result<usize, StoreError> {
        let held = self.points.read(|connection| lease::held(connection, node))?;
        if held == lease::PARTS { Ok(held) } else { self.write(Work::TakeLeases(node)).await }
    }

    async fn due_releases(
        &self,
        node: NodeId,
        now: Timestamp,
        at_most: usize,
    ) -> Result<Vec<DueRelease>, StoreError> {
        self.list(move |connection| release::due(connection, node, now, at_most)).await
    }

    async fn secrets(
        &self,
        after: Option<SecretPlace>,
        at_most: usize,
    ) -> Result<Vec<StoredSecret>, StoreError> {
        self.list(move |connection| reseal::after(connection, after, at_most)).await
    }

    async fn reseal(&self, old: StoredSecret, sealed: Sealed) -> Result<bool, StoreError> {
        let reseal = Box::new(Reseal::new(&old, &sealed)?);
        Ok(self.write(Work::Reseal(reseal)).await? == 1)
    }

    async fn commit(&self, change: Changeset) -> Result<Committed, CommitError> {
        let done = self.queue.submit(Work::Commit(Box::new(Write::new(change)?))).await?;
        Ok(done.committed)
    }

    async fn was_committed(&self, tenant: TenantId, id: ChangesetId) -> Result<bool, StoreError> {
        self.points.read(|connection| commit::was_committed(connection, tenant, id))
    }

    async fn forget_commits(&self, made_before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        self.write(Work::ForgetCommits { made_before, at_most }).await
    }

    /// The lock beside the file keeps every other process out.
    async fn restored_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.points.read(restored::newest)
    }

    fn is_shared(&self) -> bool {
        false
    }

    /// Reads something, and has the writer write a page as it was.
    async fn ready(&self) -> Result<(), StoreError> {
        self.points.read(|connection| {
            connection.prepare_cached("SELECT part FROM partners LIMIT 1")?.exists([])?;
            Ok(())
        })?;
        self.write(Work::Probe).await.map(drop)
    }
}
