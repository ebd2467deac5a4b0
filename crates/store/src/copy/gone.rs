//! How far a copy has got.

/// What was done since the last time it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gone {
    /// Rows of the source that were looked at.
    pub seen: u64,
    /// Rows that were written to the target.
    pub copied: u64,
    /// Rows that were removed there.
    pub removed: u64,
}

impl Gone {
    /// Whether anything was changed, and how much.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.copied + self.removed
    }

    pub(super) const fn add(&mut self, more: Self) {
        self.seen += more.seen;
        self.copied += more.copied;
        self.removed += more.removed;
    }
}
