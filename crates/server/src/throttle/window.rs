use std::time::Duration;

/// Nanoseconds.
pub(super) const SECOND: u64 = 1_000_000_000;

/// Into how many slots a window is cut.
const SLOTS: u64 = 20;
/// A window that ends somewhere in a slot begins somewhere in another: all that it touches are kept.
const KEPT: usize = 21;

/// Nanoseconds; there are enough of them for 584 years.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// How many requests and writes a window may have in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    requests: u32,
    writes: u32,
    /// The length of a slot.
    slot: u64,
}

/// What one asked for in the last window.
#[derive(Debug, Default)]
pub(super) struct Windows {
    requests: Window,
    writes: Window,
}

/// A sum over the last [`KEPT`] slots. It is never less than what was counted in the last window, and lets go of it a slot
/// later at the latest.
#[derive(Debug, Default)]
struct Window {
    /// Each slot's count, at its number modulo [`KEPT`].
    slots: [u32; KEPT],
    sum: u32,
    /// The number of the newest slot.
    newest: u64,
}

impl Limits {
    pub(super) fn new(requests: u32, writes: u32, window_seconds: u64) -> Self {
        Self { requests, writes, slot: window_seconds.saturating_mul(SECOND) / SLOTS }
    }
}

impl Windows {
    /// How long it takes until one more can be counted, and whether that is for the writes; `None` if it can be now.
    pub(super) fn wait(&mut self, limits: Limits, write: bool, now: u64) -> Option<(u64, bool)> {
        let requests = self.requests.wait(limits.requests, limits.slot, now).map(|wait| (wait, false));
        let writes =
            self.writes.wait(limits.writes, limits.slot, now).filter(|_| write).map(|wait| (wait, true));
        requests.max(writes)
    }

    /// Counts one more in the slot that was last asked about.
    pub(super) fn count(&mut self, write: bool) {
        self.requests.count();
        if write {
            self.writes.count();
        }
    }
}

impl Window {
    fn wait(&mut self, limit: u32, slot: u64, now: u64) -> Option<u64> {
        self.advance(now / slot);
        if self.sum < limit {
            return None;
        }
        let mut left = self.sum;
        for (number, count) in self.oldest_first() {
            left -= count;
            if left < limit {
                return Some((number * slot).saturating_sub(now));
            }
        }
        Some(SLOTS * slot)
    }

    /// Each slot's count, with the number of the slot that takes its place.
    fn oldest_first(&self) -> impl Iterator<Item = (u64, u32)> {
        (1..).zip(0..KEPT).map(|(passed, _)| {
            let number = self.newest + passed;
            (number, self.slots[place(number)])
        })
    }

    /// Lets go of what is over. A request may be a little older than one that was here before it: then it is
    /// counted with that one.
    fn advance(&mut self, slot: u64) {
        let passed = slot.saturating_sub(self.newest);
        for (number, _) in (self.newest + 1..=slot).zip(0..KEPT) {
            self.sum -= std::mem::take(&mut self.slots[place(number)]);
        }
        self.newest += passed;
    }

    fn count(&mut self) {
        self.slots[place(self.newest)] += 1;
        self.sum += 1;
    }
}

/// Where the slot with this number is kept.
fn place(number: u64) -> usize {
    // Less than KEPT.
    usize::try_from(number % KEPT as u64).unwrap_or_default()
}
