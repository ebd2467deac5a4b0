//! Whether a connection that nobody has used for a while is worth anything. When a network is cut or a machine stops, nothing
//! says so: what is sent is just never answered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::{Hook, HookError, Metrics};
use tokio::time::timeout;

/// A connection that was used that shortly ago is not asked whether it is there.
const FRESH: Duration = Duration::from_secs(1);
/// How long it has to answer that.
const PATIENCE: Duration = Duration::from_millis(500);

/// Since when connections are believed in again: what was lent last before that is not used any more.
#[derive(Debug, Default)]
pub(in crate::postgres) struct StaleConnections(Mutex<Option<Instant>>);

impl StaleConnections {
    pub(in crate::postgres) fn everything_before(&self, then: tokio::time::Instant) {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *since = since.max(Some(then.into_std()));
    }

    /// Looks at each connection before it is lent again.
    pub(in crate::postgres) fn hook(connections: &Arc<Self>) -> Hook {
        let stale = Arc::clone(connections);
        Hook::async_fn(move |client, metrics| {
            let stale = Arc::clone(&stale);
            let lent = lent(metrics);
            Box::pin(async move {
                if stale.is_about(lent) {
                    return Err(HookError::message("it was lent before another one broke"));
                }
                if lent.elapsed() < FRESH {
                    return Ok(());
                }
                let asked = tokio::time::Instant::now();
                if let Ok(Ok(_)) = timeout(PATIENCE, client.simple_query("")).await {
                    return Ok(());
                }
                stale.everything_before(asked);
                Err(HookError::message("it does not answer"))
            })
        })
    }

    fn is_about(&self, lent: Instant) -> bool {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| lent < since)
    }
}

/// When it was lent last.
fn lent(metrics: &Metrics) -> Instant {
    metrics.recycled.unwrap_or(metrics.created)
}
