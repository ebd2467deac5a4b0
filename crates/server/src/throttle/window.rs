//! A sliding window: how much was asked for in the last so many seconds.
//!
//! A window is cut into [`SLOTS`] slots, and each slot has a count. Because a window that ends within a slot also begins within
//! one, one slot more is kept ([`KEPT_SLOTS`]), so the sum is never less than what came in the last window. It may be more by
//! what came in the slot in which the window begins: a request may be counted for one slot longer than it should, never shorter.
//!
//! An example, with slots of 1 s, a window of 20 s and a limit of 3:
//!
//! ```text
//! second      0  1  2  …  18  19  20  21
//! requests    1     2              ?        at 20.5 s the window reaches back to 0.5 s
//! kept        ├──────────────────────┤      slots 0 to 20: sum 3, so the request is refused
//!                                           Retry-After: until second 21, when slot 0 is let go of: 1 s
//! ```
//!
//! The slots lie in a ring, each at its number modulo [`KEPT_SLOTS`]. Whatever asks first advances the ring to the present
//! slot and subtracts what it lets go of, so there is nothing to sweep. What other nodes have counted is kept in a second ring
//! beside our own, because it is replaced as a whole whenever they report.

use std::time::Duration;

/// Nanoseconds.
pub(super) const SECOND: u64 = 1_000_000_000;

/// Into how many slots a window is cut.
const SLOTS: u64 = 20;
/// A window that ends somewhere in a slot begins somewhere in another: all that it touches are kept.
pub(crate) const KEPT_SLOTS: usize = 21;

/// Nanoseconds; there are enough of them for 584 years.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// How many requests and writes a window may have in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct WindowLimits {
    requests: u32,
    writes: u32,
    /// The length of a slot.
    slot: u64,
}

/// What a tenant, or an application in it, asked for in the last window.
#[derive(Debug, Default)]
pub(super) struct Windows {
    requests: Window,
    writes: Window,
    /// What was not reported to other nodes yet.
    unreported: Tally,
    /// What other nodes know it by.
    counter: [u8; 16],
}

/// How much was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) requests: u32,
    pub(super) writes: u32,
}

/// A sum over the last [`KEPT_SLOTS`] slots. It is never less than what was counted in the last window, and lets go of it a slot
/// later at the latest.
#[derive(Debug, Default)]
struct Window {
    /// Each slot's count, at its number modulo [`KEPT_SLOTS`].
    slots: [u32; KEPT_SLOTS],
    /// What was asked of other nodes in each slot, as far as they have reported.
    elsewhere: [u32; KEPT_SLOTS],
    /// Of both.
    sum: u64,
    /// The number of the newest slot.
    newest: u64,
}

impl WindowLimits {
    /// The length of a slot.
    pub(super) const fn slot(self) -> Duration {
        Duration::from_nanos(self.slot)
    }

    pub(super) fn new(requests: u32, writes: u32, window_seconds: u64) -> Self {
        Self { requests, writes, slot: window_seconds.saturating_mul(SECOND) / SLOTS }
    }
}

impl Windows {
    /// Windows that other nodes know by this.
    pub(super) fn known_by(counter: [u8; 16]) -> Self {
        Self { counter, ..Self::default() }
    }

    /// What other nodes know it by.
    pub(super) const fn counter(&self) -> [u8; 16] {
        self.counter
    }

    /// How long it takes until one more can be counted, and whether that is for the writes; `None` if it can be now.
    pub(super) fn wait(&mut self, limits: WindowLimits, write: bool, now: u64) -> Option<(u64, bool)> {
        let requests = self.requests.wait(limits.requests, limits.slot, now).map(|wait| (wait, false));
        let writes =
            self.writes.wait(limits.writes, limits.slot, now).filter(|_| write).map(|wait| (wait, true));
        requests.max(writes)
    }

    /// Counts one more in the slot that was last asked about.
    pub(super) fn count(&mut self, write: bool) {
        self.requests.count();
        self.unreported.requests = self.unreported.requests.saturating_add(1);
        if write {
            self.writes.count();
            self.unreported.writes = self.unreported.writes.saturating_add(1);
        }
    }

    /// Whether so much was asked of this node that the others have to know: a tenth of a limit.
    pub(super) fn is_worth_reporting(&mut self, limits: WindowLimits, now: u64) -> bool {
        self.requests.advance(now / limits.slot);
        self.writes.advance(now / limits.slot);
        tenth(self.requests.own(), limits.requests) || tenth(self.writes.own(), limits.writes)
    }

    /// Whether so much is unreported that it cannot wait.
    pub(super) fn is_urgent(&self, limits: WindowLimits) -> bool {
        let Tally { requests, writes } = self.unreported;
        tenth(requests.into(), limits.requests) || tenth(writes.into(), limits.writes)
    }

    /// Takes what is to be reported now. What has left the window is not reported.
    pub(super) fn take_unreported(&mut self) -> Tally {
        let Tally { requests, writes } = std::mem::take(&mut self.unreported);
        let at_most = |unreported: u32, own: u64| u32::try_from(own).unwrap_or(u32::MAX).min(unreported);
        Tally { requests: at_most(requests, self.requests.own()), writes: at_most(writes, self.writes.own()) }
    }

    /// Gives it back, because it could not be reported.
    pub(super) fn give_back(&mut self, counted: Tally) {
        self.unreported.requests = self.unreported.requests.saturating_add(counted.requests);
        self.unreported.writes = self.unreported.writes.saturating_add(counted.writes);
    }

    /// Replaces what was asked of other nodes by this: how many slots ago, and how much.
    pub(super) fn replace_elsewhere(&mut self, limits: WindowLimits, now: u64, counted: &[(u64, Tally)]) {
        self.requests.replace_elsewhere(
            now / limits.slot,
            counted.iter().map(|(age, counted)| (*age, counted.requests)),
        );
        self.writes.replace_elsewhere(
            now / limits.slot,
            counted.iter().map(|(age, counted)| (*age, counted.writes)),
        );
    }
}

/// Whether it is a tenth of the limit, or more.
fn tenth(count: u64, limit: u32) -> bool {
    count > 0 && count * 10 >= u64::from(limit)
}

impl Window {
    fn wait(&mut self, limit: u32, slot: u64, now: u64) -> Option<u64> {
        let limit = u64::from(limit);
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
    fn oldest_first(&self) -> impl Iterator<Item = (u64, u64)> {
        (1..).zip(0..KEPT_SLOTS).map(|(passed, _)| {
            let number = self.newest + passed;
            (number, u64::from(self.slots[place(number)]) + u64::from(self.elsewhere[place(number)]))
        })
    }

    /// What was asked of this node.
    fn own(&self) -> u64 {
        self.slots.iter().copied().map(u64::from).sum()
    }

    /// The others' slots do not begin when ours do: each is put where it cannot be let go of too early.
    fn replace_elsewhere(&mut self, slot: u64, counted: impl Iterator<Item = (u64, u32)>) {
        self.advance(slot);
        let before: u64 = self.elsewhere.iter().copied().map(u64::from).sum();
        self.elsewhere = [0; KEPT_SLOTS];
        let newest = self.newest;
        for (age, count) in counted {
            let back = age.saturating_sub(1);
            if back < KEPT_SLOTS as u64 && back <= newest {
                let at = &mut self.elsewhere[place(newest - back)];
                *at = at.saturating_add(count);
            }
        }
        let after: u64 = self.elsewhere.iter().copied().map(u64::from).sum();
        self.sum = self.sum - before + after;
    }

    /// Lets go of what is over. A request may be a little older than one that was here before it: then it is
    /// counted with that one.
    fn advance(&mut self, slot: u64) {
        let passed = slot.saturating_sub(self.newest);
        for (number, _) in (self.newest + 1..=slot).zip(0..KEPT_SLOTS) {
            self.sum -= u64::from(std::mem::take(&mut self.slots[place(number)]));
            self.sum -= u64::from(std::mem::take(&mut self.elsewhere[place(number)]));
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
    // Less than KEPT_SLOTS.
    usize::try_from(number % KEPT_SLOTS as u64).unwrap_or_default()
}
