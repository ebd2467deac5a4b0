//! Moves pages from the write-ahead log to the database, beside the writer rather than inside a commit.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode, MAIN_DB};
use tokio::sync::mpsc::Sender;

use super::group::Job;
use super::queue;
use super::scrub::{Pace, Scrub};
use crate::sqlite::SqliteOptions;
use crate::sqlite::readers::Readers;
use crate::sqlite::readers::commit_count::Commits;

/// How long each of two tries to start the log anew may wait for readers; it holds up every commit meanwhile.
const RESTART_TIMEOUT: Duration = Duration::from_millis(50);

/// The writer's side: it says when a checkpoint is due, and keeps the log within its limit itself when the
/// checkpointer cannot, because the log can only be started anew between two commits.
#[derive(Debug)]
pub(in crate::sqlite) struct Checkpoints {
    wake: SyncSender<Wake>,
    running: Arc<Mutex<()>>,
    snapshots: Snapshots,
    scrub: Scrub,
    due: i32,
    limit: i32,
    /// The size at which to start the log anew; more than the limit after readers were in the way.
    restart_at: i32,
    lock_timeout: Duration,
}

/// What readers hold on to, and what keeps the log from being moved or started anew.
#[derive(Debug, Clone)]
pub(in crate::sqlite) struct Snapshots {
    pub(in crate::sqlite) readers: [Arc<Readers>; 3],
    pub(in crate::sqlite) commits: Commits,
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

/// Why the checkpointer is woken.
#[derive(Debug)]
enum Wake {
    LogIsLong,
    SecretsLeftOver,
}

/// Starts the checkpointer. It ends when the writer's side is dropped.
pub(in crate::sqlite) fn start(
    options: &SqliteOptions,
    connection: Connection,
    snapshots: Snapshots,
    jobs: Sender<Job>,
) -> io::Result<(Checkpoints, JoinHandle<()>)> {
    let (wake, woken) = sync_channel(1);
    let running = Arc::new(Mutex::new(()));
    let scrub = Scrub::default();
    let limit = pages(options.wal_limit_pages);
    let checkpoints = Checkpoints {
        wake,
        running: Arc::clone(&running),
        snapshots: snapshots.clone(),
        scrub: scrub.clone(),
        due: pages(options.checkpoint_pages),
        limit,
        restart_at: limit,
        lock_timeout: options.lock_timeout,
    };
    let checkpointer = Checkpointer { connection, woken, running, snapshots, scrub, jobs };
    let thread =
        std::thread::Builder::new().name("gangway-checkpoint".into()).spawn(move || checkpointer.run())?;
    Ok((checkpoints, thread))
}

struct Checkpointer {
    connection: Connection,
    woken: Receiver<Wake>,
    running: Arc<Mutex<()>>,
    snapshots: Snapshots,
    scrub: Scrub,
    /// To have the writer empty the log, which can only be done between two commits.
    jobs: Sender<Job>,
}

impl Checkpointer {
    fn run(self) {
        let mut pace = Pace::default();
        loop {
            let woken = match pace.wait(&self.scrub, Instant::now()) {
                Some(wait) => self.woken.recv_timeout(wait),
                None => self.woken.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let scrub = pace.is_due(&self.scrub, Instant::now());
            match woken {
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(Wake::LogIsLong) => self.move_pages(),
                Ok(Wake::SecretsLeftOver) | Err(RecvTimeoutError::Timeout) if scrub => self.move_pages(),
                Ok(Wake::SecretsLeftOver) | Err(RecvTimeoutError::Timeout) => {}
            }
            if scrub {
                self.scrub.prepare();
                queue::wake(&self.jobs);
            }
        }
    }

    fn move_pages(&self) {
        let _running = held(&self.running);
        self.snapshots.let_go();
        if let Err(error) = self.connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::PASSIVE) {
            // The log keeps what was committed; the next commits wake us again.
            tracing::warn!(%error, "a checkpoint failed");
        }
    }
}

impl Checkpoints {
    /// Has the log emptied soon, because it has bytes that are to be nowhere any more.
    pub(in crate::sqlite) fn secrets_left_over(&self) {
        if self.scrub.want() {
            // A full channel means that it is about to look anyway.
            let _ = self.wake.try_send(Wake::SecretsLeftOver);
        }
    }

    /// To be called between two transactions.
    pub(super) fn look_after(&mut self, connection: &Connection) {
        let Ok((log, moved)) = connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::NOOP) else {
            return;
        };
        if log - moved >= self.due {
            // A full channel means that it was told already.
            let _ = self.wake.try_send(Wake::LogIsLong);
        }
        if self.scrub.is_prepared() {
            self.empty(connection);
        } else if log >= self.restart_at {
            self.restart(connection, log);
        }
    }

    /// Leaves nothing of the log, not even what was in it before it was last started anew.
    fn empty(&mut self, connection: &Connection) {
        let running = Arc::clone(&self.running);
        // The checkpointer asked for this after it had moved what there was, so it hardly ever runs.
        let emptied = match running.try_lock() {
            Ok(_running) => self.begin_anew(connection, CheckpointMode::TRUNCATE),
            Err(_) => false,
        };
        if emptied {
            self.restart_at = self.limit;
        }
        self.scrub.tried(emptied);
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
        let restarted = self.begin_anew(connection, CheckpointMode::RESTART);
        // Whoever is in the way, for example a backup, may be so for long, and each try holds up commits: the longer the log
        // has become, the more of it is added until the next.
        let more = self.due.max(log / 2);
        self.restart_at = if restarted { self.limit } else { log.saturating_add(more) };
    }

    fn begin_anew(&self, connection: &Connection, mode: CheckpointMode) -> bool {
        let _ = connection.busy_timeout(RESTART_TIMEOUT);
        let begun = self.snapshots.without(|| connection.wal_checkpoint_v2(Some(MAIN_DB), mode));
        let _ = connection.busy_timeout(self.lock_timeout);
        if let Err(error) = &begun
            && error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy)
        {
            tracing::warn!(%error, "the write-ahead log could not be started anew");
        }
        begun.is_ok()
    }
}

fn held(running: &Mutex<()>) -> MutexGuard<'_, ()> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pages(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX).max(1)
}
