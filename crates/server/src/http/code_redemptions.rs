use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// How many codes may be redeemed at a time.
const AT_A_TIME: u32 = 64;

/// The redemptions of codes that are under way, and what else a partner answers with tokens. Each goes on to its end even if nobody
/// waits for it any more.
#[derive(Debug)]
pub(crate) struct CodeRedemptions(Arc<Semaphore>);

impl Default for CodeRedemptions {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME as usize)))
    }
}

impl CodeRedemptions {
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
