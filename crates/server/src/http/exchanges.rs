use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// How many exchanges with partners clients may have under way at a time.
const AT_A_TIME: u32 = 64;

/// Work that goes on to its end even if nobody waits for it any more, because a partner is about to give something.
#[derive(Debug)]
pub(crate) struct Exchanges(Arc<Semaphore>);

impl Default for Exchanges {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME as usize)))
    }
}

impl Exchanges {
    /// Does it to its end, and waits for that; `None` if too much is under way, or it came to nothing.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let place = Arc::clone(&self.0).try_acquire_owned().ok()?;
        let task = tokio::spawn(async move {
            let done = work.await;
            drop(place);
            done
        });
        task.await.ok()
    }

    /// Waits until all that is under way has ended, but no longer than this.
    pub(crate) async fn drained(&self, at_most: Duration) -> bool {
        tokio::time::timeout(at_most, self.0.acquire_many(AT_A_TIME)).await.is_ok()
    }
}
