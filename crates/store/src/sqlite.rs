//! The embedded store.

mod audit;
mod backup;
pub(crate) mod exchange;
mod fault;
mod file;
mod options;
mod port;
mod queries;
mod readers;
mod rows;
mod verdict;
mod writer;

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, MAIN_DB};

use crate::audit::key::AuditKey;
use crate::fair_queue::FairQueue;
use audit::adoption;
pub use audit::{AuditReader, audit_heads, verify_audit};
pub use backup::{BackupError, BackupFacts, Copied, Restore, RestoreTerms, back_up};
pub use file::{OpenError, schema_of_file};
use file::{connection, lock};
pub use options::SqliteOptions;
use readers::Readers;
use readers::commit_count::Commits;
use writer::checkpoint::{self, Snapshots};
use writer::queue::{self, Queue};

/// Everything Gangway keeps, in one `SQLite` file.
///
/// All changesets go through one thread that commits those which wait together with one `fsync`. Reads have
/// connections of their own and never wait for the writer; checkpoints have another thread. Dropping the
/// store, or [`SqliteStore::close`], first does what was accepted.
///
/// Of a secret that was destroyed there is nothing left in the file or its log about a second later, or when the
/// store is closed: see `sqlite/rows/secret.rs` and `sqlite/writer/scrub.rs`.
#[derive(Debug)]
pub struct SqliteStore {
    queue: Queue,
    points: Arc<Readers>,
    lists: Arc<Readers>,
    queries: Arc<Readers>,
    fair_queue: FairQueue,
    running: Mutex<Option<RunningThreads>>,
}

#[derive(Debug)]
struct RunningThreads {
    writer: JoinHandle<Connection>,
    checkpointer: JoinHandle<()>,
    /// Dropped last: until then no other process may have the database.
    _lock: File,
}

impl SqliteStore {
    /// Opens the database, creating it or bringing its schema up to date where needed. Its audit is proven with this key, or
    /// will be from now on ([`AuditKey::adopting`]).
    ///
    /// # Errors
    /// [`OpenError`] that names the file and says what to do. The database is as it was then, except that
    /// steps of the schema that succeeded stay done.
    pub fn open(options: &SqliteOptions, key: &AuditKey) -> Result<Self, OpenError> {
        let lock = lock::lock(&options.path)?;
        backup::finish_swap(&options.path)?;
        lock::create(&options.path)?;
        let log_left = lock::has_log(&options.path);
        let connection = connection::writer(options)?;
        exchange::refuse_moving(&connection, &options.path)?;
        let connection = adoption::of_file(connection, &options.path, key)?;
        let commits = Commits::default();
        let points = Arc::new(Readers::open(options, options.readers, &commits, None)?);
        let lists = Arc::new(Readers::open(options, options.list_readers, &commits, None)?);
        let queries =
            Arc::new(Readers::open(options, options.query_readers, &commits, Some(options.query_timeout))?);
        let readers = [Arc::clone(&points), Arc::clone(&lists), Arc::clone(&queries)];
        let snapshots = Snapshots { readers, commits: commits.clone() };
        let threads = |source| OpenError::Io { path: options.path.clone(), source };
        let jobs = queue::channel(options);
        let checkpoints = connection::checkpointer(options)?;
        let (checkpoints, checkpointer) =
            checkpoint::start(options, checkpoints, snapshots, jobs.0.clone()).map_err(threads)?;
        if log_left {
            // Who left it may have been killed between destroying a secret and emptying the log.
            checkpoints.secrets_left_over();
        }
        let (queue, writer) =
            writer::start(options, connection, checkpoints, (commits, key.clone()), jobs).map_err(threads)?;
        let running = Mutex::new(Some(RunningThreads { writer, checkpointer, _lock: lock }));
        let fair_queue = FairQueue::new(options.query_readers);
        Ok(Self { queue, points, lists, queries, fair_queue, running })
    }

    /// Takes no more changesets, does and answers those it has taken, and lets go of the file. Reads are
    /// refused from then on. Closing twice is the same as closing once.
    ///
    /// It blocks until all that is done, which takes a few milliseconds.
    pub fn close(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(RunningThreads { writer, checkpointer, _lock }) = running.take() else {
            return;
        };
        self.queue.close();
        let connection = writer.join();
        if checkpointer.join().is_err() {
            tracing::error!("the checkpointer died");
        }
        self.points.close();
        self.lists.close();
        self.queries.close();
        if let Ok(connection) = connection {
            finish(connection);
        } else {
            tracing::error!("the writer died; what it had answered is in the log");
        }
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
