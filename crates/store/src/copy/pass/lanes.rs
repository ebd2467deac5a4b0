//! Several ranges of parts at once, each over connections of its own: while one waits for a disk or for the other database, the
//! others go on.

use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};

use super::Gone;
use crate::copy::error::MoveError;
use crate::copy::side::{Database, Side};

/// How many ranges at a time. Each has at most five times 500 rows in memory: a page of either side, and what differs, as both
/// have it, or links on their way; and once more what is being written of them.
const LANES: usize = 4;
/// How many parts are in each range.
const PARTS: u8 = 64;

/// A database, with a connection for each range.
pub(in crate::copy) struct Several([Arc<Side>; LANES]);

/// A range of parts, where they are, and where they go.
pub(in crate::copy) struct Lane {
    pub(in crate::copy) source: Arc<Side>,
    pub(in crate::copy) target: Arc<Side>,
    pub(in crate::copy) parts: RangeInclusive<u8>,
    told: Arc<Told>,
}

/// What all lanes have done since it was told on.
#[derive(Default)]
struct Told {
    gone: Mutex<Gone>,
    more: Notify,
}

impl Several {
    /// To read over all of them.
    pub(in crate::copy) async fn to_read(first: Side, of: &Database) -> Result<Self, MoveError> {
        let more = || Side::beside(of);
        Ok(Self([first, more().await?, more().await?, more().await?].map(Arc::new)))
    }

    /// To write over all of them. An embedded store has one connection that writes, which is for all.
    pub(in crate::copy) async fn to_write(first: Side, of: &Database) -> Result<Self, MoveError> {
        match first {
            Side::Postgres(_) => Self::to_read(first, of).await,
            Side::Sqlite(_) => {
                let only = Arc::new(first);
                Ok(Self(std::array::from_fn(|_| only.clone())))
            }
        }
    }

    /// For what is not about a range.
    pub(in crate::copy) fn first(&self) -> &Side {
        &self.0[0]
    }
}

impl Lane {
    pub(in crate::copy) fn sides(&self) -> (&Side, &Side) {
        (&self.source, &self.target)
    }

    /// Tells what was done.
    pub(in crate::copy) fn tell(&self, more: Gone) {
        self.told.gone.lock().unwrap_or_else(PoisonError::into_inner).add(more);
        self.told.more.notify_one();
    }
}

/// Does this in every range, until it is done in all or has failed in one. Then nothing is done in the others any more, when
/// the failure is told.
pub(in crate::copy) async fn each<T: Send + 'static, W>(
    (sources, targets): (&Several, &Several),
    work: impl Fn(Lane) -> W,
    gone: &mut (impl FnMut(Gone) + ?Sized),
) -> Result<Vec<T>, MoveError>
where
    W: Future<Output = Result<T, MoveError>> + Send + 'static,
{
    let (told, mut lanes) = (Arc::new(Told::default()), JoinSet::new());
    let starts = (0..=u8::MAX).step_by(PARTS.into());
    for ((source, target), start) in sources.0.iter().zip(&targets.0).zip(starts) {
        let (source, target, told) = (source.clone(), target.clone(), told.clone());
        lanes.spawn(work(Lane { source, target, parts: start..=start + (PARTS - 1), told }));
    }
    let mut done = Vec::new();
    loop {
        tokio::select! {
            () = told.more.notified() => gone(told.take()),
            ended = lanes.join_next() => match ended {
                Some(Ok(Ok(one))) => done.push(one),
                Some(Ok(Err(error))) => {
                    lanes.shutdown().await;
                    return Err(error);
                }
                Some(Err(error)) => return unended(error).await,
                None => break,
            },
        }
    }
    gone(told.take());
    Ok(done)
}

/// A lane that has panicked does so for all of them. Otherwise the runtime ends, and this with it.
async fn unended<T>(error: JoinError) -> T {
    if let Ok(panic) = error.try_into_panic() {
        resume_unwind(panic);
    }
    std::future::pending().await
}

impl Told {
    fn take(&self) -> Gone {
        std::mem::take(&mut *self.gone.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says when it is dropped.
    struct Here(Arc<Mutex<Vec<u8>>>, u8);

    impl Drop for Here {
        fn drop(&mut self) {
            self.0.lock().unwrap().retain(|part| *part != self.1);
        }
    }

    async fn several(directory: &tempfile::TempDir) -> Several {
        let database = Database::Sqlite(
            directory.path().join("gangway.db"),
            crate::AuditKey::new(&zeroize::Zeroizing::new([7; 32])),
        );
        Several::to_write(Side::alone(&database).await.unwrap(), &database).await.unwrap()
    }

    #[tokio::test]
    async fn every_part_is_in_one_range_and_what_is_done_in_each_is_told() {
        let place = tempfile::tempdir().unwrap();
        let both = several(&place).await;
        let mut seen = 0;
        let work = |lane: Lane| async move {
            lane.tell(Gone { seen: lane.parts.len() as u64, ..Gone::default() });
            Ok(lane.parts)
        };
        let mut ranges = each((&both, &both), work, &mut |gone: Gone| seen += gone.seen).await.unwrap();
        ranges.sort_by_key(|parts| *parts.start());
        assert!(ranges.into_iter().flatten().eq(0..=u8::MAX));
        assert_eq!(seen, 256);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_failure_in_one_range_ends_the_others_before_it_is_told() {
        let place = tempfile::tempdir().unwrap();
        let (both, here) = (several(&place).await, Arc::new(Mutex::new(Vec::new())));
        let at_work = here.clone();
        let work = move |lane: Lane| {
            let (start, at_work) = (*lane.parts.start(), at_work.clone());
            async move {
                at_work.lock().unwrap().push(start);
                let _here = Here(at_work.clone(), start);
                while at_work.lock().unwrap().len() < LANES || start != 2 * PARTS {
                    lane.tell(Gone::default());
                    tokio::task::yield_now().await;
                }
                Err::<(), _>(MoveError::WrongRoster { place: String::new(), part: start })
            }
        };
        let failed = each((&both, &both), work, &mut |_| {}).await.unwrap_err();
        assert!(matches!(failed, MoveError::WrongRoster { part: 128, .. }), "{failed}");
        assert!(here.lock().unwrap().is_empty());
    }
}
