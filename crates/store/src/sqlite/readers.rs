//! Connections that only read, and their snapshots.

pub(super) mod commit_count;
mod time_limit;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use gangway_engine::StoreError;
use rusqlite::Connection;

use crate::sqlite::fault::Fault;
use crate::sqlite::file::connection;
use crate::sqlite::{OpenError, SqliteOptions};
use commit_count::Commits;
use time_limit::TimeLimit;

/// Connections that only read. Each thread begins its search at a slot of its own, so with as many
/// connections as threads nobody waits.
#[derive(Debug)]
pub(super) struct Readers {
    slots: Box<[Mutex<Option<Reader>>]>,
    commits: Commits,
}

/// A connection that keeps its snapshot of the database until there is something new to see. To take one and
/// to give it back is four locks of the file, which cost as much as the read itself.
#[derive(Debug)]
struct Reader {
    connection: Connection,
    /// The count of commits before the last read.
    seen: u64,
    holding: bool,
    limit: Option<TimeLimit>,
}

impl Reader {
    /// Makes sure that the next read sees every commit there was until now.
    fn see(&mut self, commits: &Commits) -> rusqlite::Result<()> {
        let count = commits.count();
        let unchanged = self.seen == count;
        self.seen = count;
        if self.holding && !unchanged {
            self.let_go();
        } else if !self.holding && unchanged && !commits.log_wanted() {
            // Nothing was committed since the last read, so it is likely that more reads come before the next.
            self.connection.prepare_cached("BEGIN")?.execute([])?;
            self.holding = true;
        }
        Ok(())
    }

    fn let_go(&mut self) {
        if self.holding
            && let Err(error) = self.connection.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]))
        {
            tracing::debug!(%error, "a snapshot had ended by itself");
        }
        self.holding = !self.connection.is_autocommit();
    }
}

thread_local! {
    static FIRST_SLOT: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

impl Readers {
    /// Opens so many connections, whose reads are ended after this timeout.
    pub(super) fn open(
        options: &SqliteOptions,
        count: usize,
        commits: &Commits,
        timeout: Option<Duration>,
    ) -> Result<Self, OpenError> {
        let reader = || {
            let mut connection = connection::reader(options)?;
            let limit = timeout.map(|timeout| TimeLimit::set(&mut connection, timeout)).transpose();
            let limit = limit.map_err(|error| OpenError::from_sqlite(&options.path, error))?;
            // Nothing was seen yet, whatever the count is.
            Ok(Mutex::new(Some(Reader { connection, seen: u64::MAX, holding: false, limit })))
        };
        let slots: Result<_, _> = (0..count.max(1)).map(|_| reader()).collect();
        Ok(Self { slots: slots?, commits: commits.clone() })
    }

    /// Reads with whatever connection is free.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let mut slot = self.free();
        let Some(reader) = slot.as_mut() else {
            return Err(StoreError::Unavailable("closed".into()));
        };
        let limit = reader.limit.take();
        limit.iter().for_each(TimeLimit::start);
        let outcome = reader.see(&self.commits).map_err(Fault::from).and_then(|()| read(&reader.connection));
        limit.iter().for_each(TimeLimit::stop);
        reader.limit = limit;
        if outcome.is_err() || self.commits.log_wanted() {
            reader.let_go();
        }
        Ok(outcome?)
    }

    /// Lets go of the snapshots nobody is reading from: while one is held, the write-ahead log cannot be
    /// started anew. It waits for nobody.
    pub(super) fn let_go(&self) {
        for slot in &self.slots {
            if let Ok(mut slot) = slot.try_lock()
                && let Some(reader) = slot.as_mut()
            {
                reader.let_go();
            }
        }
    }

    /// Every later read is refused.
    pub(super) fn close(&self) {
        for slot in &self.slots {
            slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    fn free(&self) -> MutexGuard<'_, Option<Reader>> {
        let first = FIRST_SLOT.with(|slot| *slot) % self.slots.len();
        let (before, from) = self.slots.split_at(first);
        for slot in from.iter().chain(before) {
            match slot.try_lock() {
                Ok(guard) => return guard,
                // A reader that panicked has changed nothing.
                Err(TryLockError::Poisoned(guard)) => return guard.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.slots[first].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
