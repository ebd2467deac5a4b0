//! What a set lacks, and what it may lack.

use super::{Missing, MissingKind, TokenKind, TokenSet};
use crate::Timestamp;

impl<S: Clone + PartialEq> TokenSet<S> {
    /// Tokens may be missing from now on.
    pub fn miss(&mut self, what: MissingKind, at: Timestamp) {
        let same = |missing: &&Missing| missing.what == what;
        let full = self.missing.len() >= Self::MOST_MISSING;
        let once = matches!(what, MissingKind::LetGo | MissingKind::NotUnderstood);
        if (full || once) && self.missing.iter().any(|m| same(&m)) {
            return;
        }
        self.missing.push(Missing { what, at });
    }

    /// The database was an older copy of itself at this time, so a set from before may lack all
    /// that was given since. Where there never was a refresh token nothing can have been: a
    /// connection is given more for such a token only.
    pub fn restored(&mut self, at: Timestamp) {
        let what = MissingKind::ChangedSinceBackup;
        let says_so = self.missing.iter().any(|missing| missing.what == what);
        if self.is_from_before(at) && self.may_have_been_refreshed() && !says_so {
            self.miss(what, at);
        }
    }

    /// Whether anything of it had come by this time. An answer that could not be read may have had
    /// tokens in it.
    fn is_from_before(&self, at: Timestamp) -> bool {
        let tokens = self.living.iter().map(|token| token.obtained);
        let dead = self.dead.iter().map(|dead| dead.obtained);
        let unread = self.unread.iter().map(|unread| unread.at);
        tokens.chain(dead).chain(unread).any(|obtained| obtained <= at)
    }

    /// Whether there is a refresh token, or was, or may have been: of those that are not remembered
    /// nobody knows the kind.
    fn may_have_been_refreshed(&self) -> bool {
        let mut kinds =
            self.living.iter().map(|token| token.kind).chain(self.dead.iter().map(|dead| dead.kind));
        self.current.refresh.is_some()
            || self.more_dead > 0
            || !self.unread.is_empty()
            || kinds.any(|kind| kind == TokenKind::Refresh)
    }
}
