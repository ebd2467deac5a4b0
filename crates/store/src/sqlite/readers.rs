use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use gangway_engine::StoreError;
use rusqlite::Connection;

use super::fault::Fault;
use super::{OpenError, SqliteOptions, connection};

/// Connections that only read. Each thread begins its search at a place of its own, so with as many
/// connections as threads nobody waits.
#[derive(Debug)]
pub(super) struct Readers {
    slots: Box<[Mutex<Option<Connection>>]>,
}

thread_local! {
    static PLACE: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

impl Readers {
    pub(super) fn open(options: &SqliteOptions, count: usize) -> Result<Self, OpenError> {
        let slots: Result<_, _> =
            (0..count.max(1)).map(|_| Ok(Mutex::new(Some(connection::reader(options)?)))).collect();
        Ok(Self { slots: slots? })
    }

    /// Reads with whatever connection is free.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        match &*self.free() {
            Some(connection) => Ok(read(connection)?),
            None => Err(StoreError::Unavailable("closed".into())),
        }
    }

    /// Every later read is refused.
    pub(super) fn close(&self) {
        for slot in &self.slots {
            slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    fn free(&self) -> MutexGuard<'_, Option<Connection>> {
        let first = PLACE.with(|place| *place) % self.slots.len();
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
