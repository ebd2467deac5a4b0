//! The embedded store.

mod audit_chain;
mod audit_rows;
mod changeset;
mod checkpoint;
mod commits;
mod connection;
mod fault;
mod file;
mod group;
mod migrations;
mod open_error;
mod options;
mod partner_rows;
mod readers;
mod writer;

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use gangway_domain::{AuditEvent, Partner, PartnerId, TenantId, Timestamp};
use gangway_engine::{Changeset, CommitError, Committed, Store, StoreError};
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, MAIN_DB};

pub use audit_chain::{ChainReport, Finding, verify_audit};
use changeset::Write;
use checkpoint::Snapshots;
use commits::Commits;
use fault::Fault;
use group::Work;
pub use open_error::OpenError;
pub use options::SqliteOptions;
use readers::Readers;
use writer::Queue;

/// Partners and audit events in one `SQLite` file.
///
/// All changesets go through one thread that commits those which wait together with one `fsync`. Reads have
/// connections of their own and never wait for the writer; checkpoints have another thread. Dropping the
/// store, or [`SqliteStore::close`], first does what was accepted.
#[derive(Debug)]
pub struct SqliteStore {
    queue: Queue,
    points: Arc<Readers>,
    lists: Arc<Readers>,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    writer: JoinHandle<Connection>,
    checkpointer: JoinHandle<()>,
    /// Dropped last: until then no other process may have the database.
    _lock: File,
}

impl SqliteStore {
    /// Opens the database, creating it or bringing its schema up to date where needed.
    ///
    /// # Errors
    /// [`OpenError`] that names the file and says what to do. The database is as it was then, except that
    /// steps of the schema that succeeded stay done.
    pub fn open(options: &SqliteOptions) -> Result<Self, OpenError> {
        let lock = file::lock(&options.path)?;
        file::create(&options.path)?;
        let connection = connection::writer(options)?;
        let commits = Commits::default();
        let points = Arc::new(Readers::open(options, options.readers, &commits)?);
        let lists = Arc::new(Readers::open(options, options.list_readers, &commits)?);
        let readers = [Arc::clone(&points), Arc::clone(&lists)];
        let snapshots = Snapshots { readers, commits: commits.clone() };
        let threads = |source| OpenError::Io { path: options.path.clone(), source };
        let (checkpoints, checkpointer) =
            checkpoint::start(options, connection::checkpointer(options)?, snapshots).map_err(threads)?;
        let (queue, writer) = writer::start(options, connection, checkpoints, commits).map_err(threads)?;
        let running = Mutex::new(Some(Running { writer, checkpointer, _lock: lock }));
        Ok(Self { queue, points, lists, running })
    }

    /// Takes no more changesets, does and answers those it has taken, and lets go of the file. Reads are
    /// refused from then on. Closing twice is the same as closing once.
    ///
    /// It blocks until all that is done, which takes a few milliseconds.
    pub fn close(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Running { writer, checkpointer, _lock }) = running.take() else {
            return;
        };
        self.queue.close();
        let connection = writer.join();
        if checkpointer.join().is_err() {
            tracing::error!("the checkpointer died");
        }
        self.points.close();
        self.lists.close();
        if let Ok(connection) = connection {
            finish(connection);
        } else {
            tracing::error!("the writer died; what it had answered is in the log");
        }
    }

    async fn list<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let lists = Arc::clone(&self.lists);
        let reading = tokio::task::spawn_blocking(move || lists.read(read));
        reading.await.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }
}

/// Leaves one file behind: the last connection to close takes the empty log with it.
fn finish(connection: Connection) {
    if let Err(error) = connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::TRUNCATE) {
        tracing::warn!(%error, "the last checkpoint failed; the log has the rest and is read at the next start");
    }
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the database was not closed cleanly");
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}

impl Store for SqliteStore {
    /// On the calling thread: it takes a few microseconds, less than a hop to another thread and back.
    async fn partner(&self, tenant: TenantId, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        self.points.read(|connection| partner_rows::one(connection, tenant, id))
    }

    async fn partners(&self, tenant: TenantId) -> Result<Vec<Partner>, StoreError> {
        self.list(move |connection| partner_rows::all(connection, tenant)).await
    }

    async fn count_partners(&self, tenant: TenantId) -> Result<u64, StoreError> {
        self.list(move |connection| partner_rows::count(connection, tenant)).await
    }

    async fn expired_attempts(&self, now: Timestamp, at_most: usize) -> Result<Vec<Partner>, StoreError> {
        self.list(move |connection| partner_rows::expired(connection, now, at_most)).await
    }

    async fn audit_events(
        &self,
        tenant: TenantId,
        partner: Option<PartnerId>,
        at_most: usize,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        self.list(move |connection| audit_rows::newest(connection, tenant, partner, at_most)).await
    }

    async fn connected_partners(
        &self,
        _: Option<(TenantId, PartnerId)>,
        _: usize,
    ) -> Result<Vec<Partner>, StoreError> {
        Ok(Vec::new())
    }
    async fn attempt(
        &self,
        _: TenantId,
        _: gangway_domain::AttemptId,
    ) -> Result<Option<gangway_engine::StoredAttempt>, StoreError> {
        Ok(None)
    }
    async fn forget_attempts(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
    async fn credential(
        &self,
        _: TenantId,
        _: PartnerId,
    ) -> Result<Option<gangway_engine::StoredCredential>, StoreError> {
        Ok(None)
    }
    async fn release(
        &self,
        _: TenantId,
        _: gangway_domain::ReleaseId,
    ) -> Result<Option<gangway_domain::Release>, StoreError> {
        Ok(None)
    }
    async fn release_secret(
        &self,
        _: TenantId,
        _: gangway_domain::ReleaseId,
    ) -> Result<Option<(gangway_engine::Field, gangway_engine::Sealed)>, StoreError> {
        Ok(None)
    }
    async fn releases(
        &self,
        _: gangway_engine::ReleaseFilter,
        _: usize,
    ) -> Result<Vec<gangway_domain::Release>, StoreError> {
        Ok(Vec::new())
    }
    async fn pending_releases(&self) -> Result<gangway_engine::PendingReleases, StoreError> {
        Ok(gangway_engine::PendingReleases::default())
    }
    async fn lease_parts(
        &self,
        _: gangway_engine::NodeId,
        _: Timestamp,
        _: std::time::Duration,
    ) -> Result<usize, StoreError> {
        Ok(0)
    }
    async fn due_releases(
        &self,
        _: gangway_engine::NodeId,
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<gangway_engine::DueRelease>, StoreError> {
        Ok(Vec::new())
    }
    async fn secrets(
        &self,
        _: Option<gangway_engine::SecretPlace>,
        _: usize,
    ) -> Result<Vec<gangway_engine::StoredSecret>, StoreError> {
        Ok(Vec::new())
    }
    async fn reseal(
        &self,
        _: gangway_engine::StoredSecret,
        _: gangway_engine::Sealed,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn commit(&self, change: Changeset) -> Result<Committed, CommitError> {
        self.queue.submit(Work::Commit(Box::new(Write::new(change)?))).await
    }

    /// Reads something, and has the writer write a page as it was.
    async fn ready(&self) -> Result<(), StoreError> {
        self.points.read(|connection| {
            connection.prepare_cached("SELECT part FROM partners LIMIT 1")?.exists([])?;
            Ok(())
        })?;
        match self.queue.submit(Work::Probe).await {
            Err(CommitError::Store(error)) => Err(error),
            Ok(_) | Err(CommitError::Stale | CommitError::Taken) => Ok(()),
        }
    }
}
