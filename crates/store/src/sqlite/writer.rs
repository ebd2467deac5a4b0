//! The one thread that writes.

pub(super) mod changeset;
pub(super) mod checkpoint;
mod effects;
pub(super) mod group;
pub(super) mod queue;
mod scrub;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::audit::key::AuditKey;
use crate::sqlite::SqliteOptions;
use crate::sqlite::readers::commit_count::Commits;
use checkpoint::Checkpoints;
use group::Job;
use queue::Queue;

/// Starts the thread. It ends when the queue is closed and empty, and gives its connection back then.
pub(super) fn start(
    options: &SqliteOptions,
    connection: Connection,
    checkpoints: Checkpoints,
    (commits, key): (Commits, AuditKey),
    (sender, jobs): (mpsc::Sender<Job>, mpsc::Receiver<Job>),
) -> io::Result<(Queue, JoinHandle<Connection>)> {
    let closing = Arc::new(AtomicBool::new(false));
    let queue = Queue::new(sender, Arc::clone(&closing), options.queue_timeout);
    let at_most = options.group_length.max(1);
    let writer = Writer { connection, checkpoints, commits, key, jobs, closing, at_most };
    let thread = std::thread::Builder::new().name("gangway-writer".into()).spawn(|| writer.run())?;
    Ok((queue, thread))
}

struct Writer {
    connection: Connection,
    checkpoints: Checkpoints,
    commits: Commits,
    /// Proves where chains of audit events end.
    key: AuditKey,
    jobs: mpsc::Receiver<Job>,
    closing: Arc<AtomicBool>,
    at_most: usize,
}

impl Writer {
    fn run(mut self) -> Connection {
        while let Some(first) = self.jobs.blocking_recv() {
            let mut group = vec![first];
            while group.len() < self.at_most
                && let Ok(next) = self.jobs.try_recv()
            {
                group.push(next);
            }
            if group::settle(&self.connection, &self.commits, &self.key, group) {
                self.checkpoints.secrets_left_over();
            }
            self.checkpoints.look_after(&self.connection);
            if self.closing.load(Ordering::SeqCst) {
                self.jobs.close();
            }
        }
        self.connection
    }
}
