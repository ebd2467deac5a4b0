//! How long whoever is asking will wait: known to everything that is done for them, without being
//! handed through every function. HTTP sets it once for a request; a store gives up when it is
//! over.

use std::future::Future;
use std::time::{Duration, Instant};

tokio::task_local! {
    static UNTIL: Instant;
}

/// Does this for somebody who waits no longer than until then. Within another deadline the earlier
/// of both holds.
///
/// Which other there is, is looked at when this is called. It is no `async fn`, which would hold
/// the work twice.
pub fn until<F: Future>(until: Instant, work: F) -> impl Future<Output = F::Output> {
    let until = at().map_or(until, |outer| outer.min(until));
    UNTIL.scope(until, work)
}

/// Does this for somebody who waits this long.
pub fn within<F: Future>(lasts: Duration, work: F) -> impl Future<Output = F::Output> {
    let now = Instant::now();
    until(now.checked_add(lasts).unwrap_or(now), work)
}

/// When whoever is asking gives up; `None` if nobody has said.
#[must_use]
pub fn at() -> Option<Instant> {
    UNTIL.try_with(|until| *until).ok()
}

/// How long whoever is asking still waits; `None` if nobody has said.
#[must_use]
pub fn left() -> Option<Duration> {
    at().map(|until| until.saturating_duration_since(Instant::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_done_for_somebody_knows_how_long_they_wait() {
        assert_eq!(left(), None);
        let second = Duration::from_secs(1);
        within(second, async {
            assert!(left().unwrap() <= second && left().unwrap() > Duration::ZERO);
            tokio::task::yield_now().await;
            assert!(left().is_some());
        })
        .await;
        assert_eq!(left(), None);
    }

    #[tokio::test]
    async fn of_two_deadlines_the_earlier_holds() {
        let (early, late) = (Duration::from_secs(1), Duration::from_secs(9));
        for (outer, inner) in [(early, late), (late, early)] {
            let work = async { assert!(left().unwrap() <= early) };
            within(outer, async { within(inner, work).await }).await;
        }
        within(Duration::ZERO, async { assert_eq!(left(), Some(Duration::ZERO)) }).await;
    }
}
