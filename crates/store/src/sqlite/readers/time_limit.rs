use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// How many steps of its machine `SQLite` takes between two looks at the clock: a fraction of a millisecond.
const STEPS: i32 = 1000;

/// Ends what a connection does when it has taken too long.
#[derive(Debug)]
pub(super) struct TimeLimit {
    limit: Duration,
    until: Arc<Mutex<Option<Instant>>>,
}

impl TimeLimit {
    /// Limits the reads of this connection.
    pub(super) fn set(connection: &mut Connection, limit: Duration) -> rusqlite::Result<Self> {
        let until = Arc::new(Mutex::new(None::<Instant>));
        let seen = Arc::clone(&until);
        let over = move || {
            let until = *seen.lock().unwrap_or_else(PoisonError::into_inner);
            until.is_some_and(|until| Instant::now() >= until)
        };
        connection.progress_handler(STEPS, Some(over))?;
        Ok(Self { limit, until })
    }

    /// A read begins.
    pub(super) fn start(&self) {
        self.put(Instant::now().checked_add(self.limit));
    }

    /// It is over; what follows is not limited.
    pub(super) fn stop(&self) {
        self.put(None);
    }

    fn put(&self, until: Option<Instant>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}
