//! No request is without an answer: what panics or takes too long gets one all the same.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::error::ApiError;

/// What this comes to, unless it panics or takes longer than it may.
pub(super) async fn guarded<T>(deadline: Duration, work: impl Future<Output = T>) -> Result<T, ApiError> {
    // The store gives up a moment earlier, with an answer of its own.
    let work = gangway_engine::deadline::within(deadline * 9 / 10, AssertUnwindSafe(work).catch_unwind());
    match tokio::time::timeout(deadline, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(ApiError::Defect("a handler panicked".into())),
        Err(_) => Err(ApiError::DeadlineOver),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_or_hangs_is_answered_all_the_same() {
        let minute = Duration::from_mins(1);
        assert_eq!(guarded(minute, async { 7 }).await.unwrap(), 7);
        let panicked = guarded(minute, async { panic!("a secret") }).await.map(|(): ()| ()).unwrap_err();
        assert_eq!(panicked.class(), (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"));
        let hung = guarded(Duration::from_millis(1), std::future::pending::<()>()).await.unwrap_err();
        assert_eq!(hung.class(), (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"));
    }
}
