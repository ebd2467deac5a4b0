//! Moves pages from the write-ahead log to the database, beside the writer rather than inside a commit.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode, MAIN_DB};

use super::SqliteOptions;
use super::commits::Commits;
use super::readers::Readers;

/// How long each of two tries to start the log anew may wait for readers; it holds up every commit meanwhile.
const RESTART_WAIT: Duration = Duration::from_millis(50);

/// The writer's side: it says when a checkpoint is due, and keeps the log within its limit itself when the
/// checkpointer cannot, because the log can only be started anew between two commits.
#[derive(Debug)]
pub(super) struct Checkpoints {
    wake: SyncSender<()>,
    running: Arc<Mutex<()>>,
    snapshots: Snapshots,
    due: i32,
    limit: i32,
    /// The size at which to start the log anew; more than the limit after readers were in the way.
    restart_at: i32,
    lock_wait: Duration,
}

/// What readers hold on to, and what keeps the log from being moved or started anew.
#[derive(Debug, Clone)]
pub(super) struct Snapshots {
    pub(super) readers: [Arc<Readers>; 2],
    pub(super) commits: Commits,
}

impl Snapshots {
    fn let_go(&self) {
        self.readers.iter().for_each(|readers| readers.let_go());
    }

    /// Does this while no reader holds on to anything longer than a read takes, and once more if it fails: a reader
    /// that was at work when all were asked to let go may not have heard of it.
    fn without<T, E>(&self, work: impl Fn() -> Result<T, E>) -> Result<T, E> {
        self.commits.want_log(true);
        self.let_go();
        let done = work().or_else(|_| {
            self.let_go();
            work()
        });
        self.commits.want_log(false);
        done
    }
}

/// Starts the checkpointer. It ends when the writer's side is dropped.
pub(super) fn start(
    options: &SqliteOptions,
    connection: Connection,
    snapshots: Snapshots,
) -> io::Result<(Checkpoints, JoinHandle<()>)> {
    let (wake, woken) = sync_channel(1);
    let running = Arc::new(Mutex::new(()));
    let limit = pages(options.wal_limit_pages);
    let checkpoints = Checkpoints {
        wake,
        running: Arc::clone(&running),
        snapshots: snapshots.clone(),
        due: pages(options.checkpoint_pages),
        limit,
        restart_at: limit,
        lock_wait: options.lock_wait,
    };
    let work = move || run(&connection, &woken, &running, &snapshots);
    let thread = std::thread::Builder::new().name("gangway-checkpoint".into()).spawn(work)?;
    Ok((checkpoints, thread))
}

fn run(connection: &Connection, woken: &Receiver<()>, running: &Mutex<()>, snapshots: &Snapshots) {
    while woken.recv().is_ok() {
        let _running = held(running);
        snapshots.let_go();
        if let Err(error) = connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::PASSIVE) {
            // The log keeps what was committed; the next commits wake us again.
            tracing::warn!(%error, "a checkpoint failed");
        }
    }
}

impl Checkpoints {
    /// To be called between two transactions.
    pub(super) fn look_after(&mut self, connection: &Connection) {
        let Ok((log, moved)) = connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::NOOP) else {
            return;
        };
        if log - moved >= self.due {
            // A full channel means that it was told already.
            let _ = self.wake.try_send(());
        }
        if log >= self.restart_at {
            self.restart(connection, log);
        }
    }

    /// Most of the log is in the database already, so there is little left to move. While the checkpointer
    /// runs there is a little more patience, but not without end.
    fn restart(&mut self, connection: &Connection, log: i32) {
        let running = Arc::clone(&self.running);
        let _running = if log >= self.limit.saturating_mul(2) {
            held(&running)
        } else if let Ok(guard) = running.try_lock() {
            guard
        } else {
            return;
        };
        let _ = connection.busy_timeout(RESTART_WAIT);
        let restarted =
            self.snapshots.without(|| connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::RESTART));
        let _ = connection.busy_timeout(self.lock_wait);
        self.restart_at = match restarted {
            Ok(_) => self.limit,
            Err(error) => {
                if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) {
                    tracing::warn!(%error, "the write-ahead log could not be started anew");
                }
                log.saturating_add(self.due)
            }
        };
    }
}

fn held(running: &Mutex<()>) -> MutexGuard<'_, ()> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pages(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX).max(1)
}
