//! The queue of the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gangway_engine::{CommitError, StoreError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::group::{Job, JobResult, Work};
use crate::sqlite::SqliteOptions;

/// The way to the writer.
#[derive(Debug)]
pub(in crate::sqlite) struct Queue {
    jobs: mpsc::Sender<Job>,
    closing: Arc<AtomicBool>,
    timeout: Duration,
}

/// Where the queue begins and ends.
pub(in crate::sqlite) fn channel(options: &SqliteOptions) -> (mpsc::Sender<Job>, mpsc::Receiver<Job>) {
    mpsc::channel(options.queue_length.max(1))
}

/// Has the writer look up from waiting for work. If there is no room it has work, and looks up after that.
pub(super) fn wake(jobs: &mpsc::Sender<Job>) {
    // Work that nobody waits for is not done.
    let (answer, _) = oneshot::channel();
    let _ = jobs.try_send(Job { work: Work::Probe, answer });
}

impl Queue {
    pub(super) const fn new(jobs: mpsc::Sender<Job>, closing: Arc<AtomicBool>, timeout: Duration) -> Self {
        Self { jobs, closing, timeout }
    }

    /// Hands the work to the writer and waits for its verdict. Whoever stops waiting before the work is in the
    /// queue has asked for nothing; after that it is done whether or not anybody waits. If the writer dies then, nobody knows
    /// how far it got.
    pub(in crate::sqlite) async fn submit(&self, work: Work) -> JobResult {
        let (answer, verdict) = oneshot::channel();
        match self.jobs.try_send(Job { work, answer }) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => self.wait_for_room(job).await?,
            Err(TrySendError::Closed(_)) => return Err(stopped().into()),
        }
        verdict.await.unwrap_or_else(|_| Err(CommitError::Unknown("the writer died".into())))
    }

    async fn wait_for_room(&self, job: Job) -> Result<(), StoreError> {
        match tokio::time::timeout(self.timeout, self.jobs.reserve()).await {
            Ok(Ok(room)) => {
                room.send(job);
                Ok(())
            }
            Ok(Err(_)) => Err(stopped()),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Takes no more work; what is in the queue is still done.
    pub(in crate::sqlite) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        wake(&self.jobs);
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the writer has stopped".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_waits_for_a_writer_that_died() {
        let (jobs, mut inbox) = mpsc::channel(1);
        let queue = Queue { jobs, closing: Arc::default(), timeout: Duration::from_mins(1) };
        let writer = std::thread::spawn(move || {
            let _job = inbox.blocking_recv();
            panic!("on purpose");
        });
        let answer = queue.submit(Work::Probe).await;
        assert!(matches!(answer, Err(CommitError::Unknown(_))), "it was in the queue: {answer:?}");
        assert!(writer.join().is_err());
        assert_eq!(queue.submit(Work::Probe).await, Err(stopped().into()));
    }

    #[tokio::test]
    async fn a_queue_that_stays_full_is_busy_after_the_wait() {
        let (jobs, _inbox) = mpsc::channel(1);
        let (answer, _waiting) = oneshot::channel();
        jobs.try_send(Job { work: Work::Probe, answer }).unwrap();
        let queue = Queue { jobs, closing: Arc::default(), timeout: Duration::from_millis(20) };
        let asked = std::time::Instant::now();
        assert_eq!(queue.submit(Work::Probe).await, Err(StoreError::Busy.into()));
        assert!((20..2000).contains(&asked.elapsed().as_millis()), "{:?}", asked.elapsed());
    }
}
