//! When the write-ahead log is emptied because secrets were destroyed: the pages they lay on are overwritten, but the
//! log still has them as they were.
//!
//! To empty the log takes two threads. The checkpointer moves its pages into the database beside the commits, and when little
//! is left the writer, between two commits, moves the rest and truncates the file: that holds up everybody, so it is done for
//! many secrets at once and not too often. [`Scrub`] is what the two tell each other; [`Pace`] is the checkpointer's clock. An
//! ordinary second, in milliseconds from when the first secret was destroyed:
//!
//! ```text
//!    0  the writer destroys a secret        want(): true, and wakes the checkpointer
//!   30  the writer destroys another         want(): false, it is wanted already
//!  100  the checkpointer, after GATHER      moves the pages, prepare()
//!  102  the writer, between two commits     is_prepared(): empties the log, tried(true)
//!  300  the writer destroys a third         want(): true
//! 1100  the checkpointer, PACE after 100    moves the pages, prepare()
//! ```
//!
//! A reader that keeps an old snapshot, a backup for example, keeps the log from being emptied. Then `tried(false)` is told, it
//! stays wanted, and the pause is doubled: 2, 4, 8, 16 seconds, and 16 from then on, until the reader has gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What is destroyed shortly after each other goes in one.
const GATHER: Duration = Duration::from_millis(100);
/// How long there is between two; longer after readers were in the way, because each try holds up commits.
const PACE: Duration = Duration::from_secs(1);
/// Sixteen times [`PACE`] at most.
const DOUBLINGS: u32 = 4;

/// What the writer and the checkpointer tell each other of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Scrub(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    /// Secrets were destroyed since the log was last empty.
    wanted: AtomicBool,
    /// Most of the log is in the database, and the writer may empty it.
    prepared: AtomicBool,
    /// How many tries failed since one did not.
    failures: AtomicU32,
}

impl Scrub {
    /// Whether nobody had wanted it yet.
    pub(super) fn want(&self) -> bool {
        !self.0.wanted.swap(true, Ordering::AcqRel)
    }

    fn is_wanted(&self) -> bool {
        self.0.wanted.load(Ordering::Acquire)
    }

    pub(super) fn prepare(&self) {
        self.0.prepared.store(true, Ordering::Release);
    }

    /// Whether the writer is to empty the log now; it is asked once.
    pub(super) fn is_prepared(&self) -> bool {
        self.0.prepared.load(Ordering::Acquire) && self.0.prepared.swap(false, Ordering::AcqRel)
    }

    /// How a try ended. The writer says so, which is also the one that destroys, so nothing was in between.
    pub(super) fn tried(&self, emptied: bool) {
        let failures = if emptied { 0 } else { (self.failures() + 1).min(DOUBLINGS) };
        self.0.failures.store(failures, Ordering::Release);
        self.0.wanted.store(!emptied, Ordering::Release);
    }

    fn failures(&self) -> u32 {
        self.0.failures.load(Ordering::Acquire)
    }
}

/// The checkpointer's clock of it.
#[derive(Debug, Default)]
pub(super) struct Pace {
    due: Option<Instant>,
    last: Option<Instant>,
}

impl Pace {
    /// How long to wait until it is due; `None` if it is not wanted.
    pub(super) fn wait(&mut self, scrub: &Scrub, now: Instant) -> Option<Duration> {
        if !scrub.is_wanted() {
            self.due = None;
            return None;
        }
        let gathered = now + GATHER;
        let pace = PACE * 2_u32.pow(scrub.failures());
        let due = *self.due.get_or_insert(self.last.map_or(gathered, |last| gathered.max(last + pace)));
        Some(due.saturating_duration_since(now))
    }

    /// Whether it is due, and the writer has not done it since that was reckoned; if so, it is taken to be done now.
    pub(super) fn is_due(&mut self, scrub: &Scrub, now: Instant) -> bool {
        let due = scrub.is_wanted() && self.due.is_some_and(|due| due <= now);
        if due {
            (self.due, self.last) = (None, Some(now));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When it is due next, in milliseconds from now; it is done then.
    fn next(pace: &mut Pace, scrub: &Scrub, now: &mut Instant) -> Option<u128> {
        let wait = pace.wait(scrub, *now)?;
        *now += wait;
        assert_eq!(pace.wait(scrub, *now), Some(Duration::ZERO));
        assert!(pace.is_due(scrub, *now) && !pace.is_due(scrub, *now));
        Some(wait.as_millis())
    }

    #[test]
    fn it_comes_shortly_after_the_first_secret_and_once_a_second_after_that() {
        let (scrub, mut pace, mut now) = (Scrub::default(), Pace::default(), Instant::now());
        assert_eq!(next(&mut pace, &scrub, &mut now), None);
        assert!(scrub.want() && !scrub.want());
        assert_eq!(next(&mut pace, &scrub, &mut now), Some(100));
        for _ in 0..3 {
            scrub.tried(true);
            assert_eq!(next(&mut pace, &scrub, &mut now), None);
            scrub.want();
            assert_eq!(next(&mut pace, &scrub, &mut now), Some(1000));
        }
        scrub.tried(true);
        now += Duration::from_mins(1);
        scrub.want();
        assert_eq!(next(&mut pace, &scrub, &mut now), Some(100));
    }

    #[test]
    fn while_readers_are_in_the_way_it_is_tried_more_and_more_rarely_and_never_given_up() {
        let (scrub, mut pace, mut now) = (Scrub::default(), Pace::default(), Instant::now());
        scrub.want();
        assert_eq!(next(&mut pace, &scrub, &mut now), Some(100));
        for seconds in [2, 4, 8, 16, 16, 16] {
            scrub.tried(false);
            assert_eq!(next(&mut pace, &scrub, &mut now), Some(seconds * 1000));
        }
        scrub.tried(true);
        assert_eq!(next(&mut pace, &scrub, &mut now), None);
    }

    #[test]
    fn what_was_done_while_the_checkpointer_slept_is_not_done_again() {
        let (scrub, mut pace, mut now) = (Scrub::default(), Pace::default(), Instant::now());
        scrub.want();
        next(&mut pace, &scrub, &mut now);
        assert_eq!(pace.wait(&scrub, now), Some(PACE));
        scrub.tried(true);
        assert!(!pace.is_due(&scrub, now + PACE));
    }

    #[test]
    fn the_writer_is_asked_once() {
        let scrub = Scrub::default();
        assert!(!scrub.is_prepared());
        scrub.prepare();
        assert!(scrub.is_prepared() && !scrub.is_prepared());
    }
}
