//! All tokens that one connection was ever given, and what is known of each.
//!
//! A token leaves the living only with a proof of its own, and [`Dead`] is made by consuming the
//! whole set, so a proof that does not cover every token cannot be written down.
//!
//! A set grows while its connection lives: a refresh adds two tokens and takes none away. It ends
//! in a release, when [`TokenSet::into_end`] finds no token living and no answer unread. Three
//! things take a token from the living: a probe that had called it alive calls it dead
//! ([`TokenSet::see`]; where that is introspection alone, twice: [`TokenSet::report_dead`]), the
//! partner refuses it when it is used ([`TokenSet::refuse`]), or the time the partner gave it is
//! over ([`TokenSet::expire`]). Tokens that the partner may have given and nobody has are
//! [`Missing`]; no proof can be had of them, so they do not keep a set from ending, but it ends
//! unaccounted.
//!
//! For example, a connection got A1 and R1 for its code, and A2 and R2 for R1. Four tokens live
//! when it is cut. The release revokes all of them and looks. R1 and R2 are refused when they are
//! used. Introspection had called A2 alive and now calls it dead, twice. Nobody had ever looked at
//! A1, so nothing that is said of it now proves anything; it expires ten minutes later. Only then
//! is the end [`End::Dead`], with four proofs. Had the process died while R1 was being refreshed,
//! the set would also say [`MissingKind::RefreshAnswer`], and the end would be
//! [`End::Unaccounted`].

mod end;
mod evidence;
mod missing;
mod token;
mod words;

use std::time::Duration;

use crate::{Timestamp, TokenId};

pub use end::{Dead, End, TokenLog, TokenRecord};
pub use evidence::{Evidence, Proof};
pub use token::{
    CLOCK_LEEWAY, DeadToken, Given, Life, Missing, MissingKind, Origin, Probe, SeenAlive, Token, TokenKind,
    Unread,
};

/// How long after a first report of its death a token has to be called dead again: a replica may
/// know less than another.
pub const CONFIRM_DEAD_AFTER: Duration = Duration::from_secs(5);

/// All tokens that one connection was ever given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSet<S> {
    /// Those for which there is no proof yet, oldest first.
    living: Vec<Token<S>>,
    /// The newest of those that are dead, oldest first; at most [`TokenSet::MOST_DEAD`].
    dead: Vec<DeadToken>,
    /// How many more are dead.
    more_dead: u64,
    missing: Vec<Missing>,
    unread: Vec<Unread<S>>,
    /// The ones that are used.
    current: Current,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Current {
    access: Option<TokenId>,
    refresh: Option<TokenId>,
}

impl<S> Default for TokenSet<S> {
    fn default() -> Self {
        Self {
            living: Vec::new(),
            dead: Vec::new(),
            more_dead: 0,
            missing: Vec::new(),
            unread: Vec::new(),
            current: Current::default(),
        }
    }
}

impl<S: Clone + PartialEq> TokenSet<S> {
    /// The most tokens for which there is no proof yet.
    pub const MOST_LIVING: usize = 256;
    /// The most tokens that are remembered when they are dead.
    pub const MOST_DEAD: usize = 64;
    /// The most answers that could not be read.
    pub const MOST_UNREAD: usize = 4;
    /// The most that is remembered of what is missing; of more, the last is counted for all.
    pub const MOST_MISSING: usize = 16;

    /// A set as it was stored.
    #[must_use]
    pub fn stored(
        living: Vec<Token<S>>,
        (dead, more_dead): (Vec<DeadToken>, u64),
        missing: Vec<Missing>,
        unread: Vec<Unread<S>>,
        (access, refresh): (Option<TokenId>, Option<TokenId>),
    ) -> Self {
        Self { living, dead, more_dead, missing, unread, current: Current { access, refresh } }
    }

    /// Those for which there is no proof yet, oldest first.
    #[must_use]
    pub fn living(&self) -> impl DoubleEndedIterator<Item = &Token<S>> + Clone {
        self.living.iter()
    }

    /// The token with this id, if there is no proof that it is dead.
    #[must_use]
    pub fn find(&self, id: TokenId) -> Option<&Token<S>> {
        self.living.iter().find(|token| token.id == id)
    }

    /// Whether a token with this id is here, or is remembered as dead.
    #[must_use]
    pub fn knows(&self, id: TokenId) -> bool {
        self.find(id).is_some() || self.dead.iter().any(|dead| dead.id == id)
    }

    /// Those that are dead, as far as they are remembered, and how many more there were.
    #[must_use]
    pub fn dead(&self) -> (&[DeadToken], u64) {
        (&self.dead, self.more_dead)
    }

    /// What the partner may have given and nobody has.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// Answers that could not be read.
    #[must_use]
    pub fn unread(&self) -> &[Unread<S>] {
        &self.unread
    }

    /// The access token that is used.
    #[must_use]
    pub fn access_token(&self) -> Option<&Token<S>> {
        self.find(self.current.access?)
    }

    /// The refresh token that is used.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&Token<S>> {
        self.find(self.current.refresh?)
    }

    /// The ids of the access token and the refresh token that are used, dead or not.
    #[must_use]
    pub const fn current(&self) -> (Option<TokenId>, Option<TokenId>) {
        (self.current.access, self.current.refresh)
    }

    /// Takes what the partner gave, to be used from now on. What it replaces stays in the set. A
    /// token that is there already is the same token: many partners give one again.
    pub fn receive(&mut self, given: Given<S>) {
        self.current = self.add(given);
    }

    /// Takes what the partner gave and nobody waited for: it is not used, and must die with the
    /// rest.
    pub fn receive_late(&mut self, given: Given<S>) {
        let current = self.current;
        self.add(given);
        self.current = current;
    }

    fn add(&mut self, given: Given<S>) -> Current {
        let Given { at, origin, access, refresh, beside } = given;
        let access = self.put(TokenKind::Access, at, origin, access);
        let refresh = refresh.map(|refresh| self.put(TokenKind::Refresh, at, origin, refresh));
        if beside {
            self.miss(MissingKind::NotUnderstood, at);
        }
        self.keep_bounds(at, access, refresh);
        // Where no new one comes, the old one goes on (RFC 6749, section 6).
        Current { access: Some(access), refresh: refresh.or(self.current.refresh) }
    }

    fn put(
        &mut self,
        kind: TokenKind,
        obtained: Timestamp,
        origin: Origin,
        (id, secret, expires): (TokenId, S, Option<Timestamp>),
    ) -> TokenId {
        if let Some(same) = self.living.iter_mut().find(|t| t.kind == kind && t.secret == secret) {
            // Given again, it may last longer than was said the first time.
            same.expires = same.expires.zip(expires).map(|(old, new)| old.max(new));
            same.called_dead = None;
            return same.id;
        }
        // The same answer, brought a second time.
        if self.knows(id) {
            return id;
        }
        let seen_alive = SeenAlive::default();
        let called_dead = None;
        self.living.push(Token { id, kind, origin, obtained, expires, seen_alive, called_dead, secret });
        id
    }

    /// What has expired goes first; what else has to go is missing from then on.
    fn keep_bounds(&mut self, now: Timestamp, access: TokenId, refresh: Option<TokenId>) {
        if self.living.len() <= Self::MOST_LIVING {
            return;
        }
        self.expire(now);
        let keep = [Some(access), refresh, self.current.access, self.current.refresh];
        while self.living.len() > Self::MOST_LIVING && self.let_go(&keep, now) {}
    }

    /// Lets the oldest token go that is not used, which is missing from then on; whether there was
    /// one.
    pub fn let_oldest_go(&mut self, now: Timestamp) -> bool {
        self.let_go(&[self.current.access, self.current.refresh], now)
    }

    fn let_go(&mut self, keep: &[Option<TokenId>], now: Timestamp) -> bool {
        let Some(oldest) = self.living.iter().position(|token| !keep.contains(&Some(token.id))) else {
            return false;
        };
        self.living.remove(oldest);
        self.miss(MissingKind::LetGo, now);
        true
    }

    /// Keeps an answer that could not be read. If there are too many already, what was in it is
    /// missing.
    pub fn keep_unread(&mut self, unread: Unread<S>) {
        if self.unread.len() < Self::MOST_UNREAD {
            self.unread.push(unread);
        } else {
            let what = match unread.origin {
                Origin::Code => MissingKind::CodeAnswer,
                Origin::Refresh(_) | Origin::Unknown => MissingKind::RefreshAnswer,
            };
            self.miss(what, unread.at);
        }
    }

    /// Takes the answers out that could be read after all.
    pub fn read_again(&mut self, mut read: impl FnMut(&Unread<S>) -> Option<Given<S>>) {
        let mut found = Vec::new();
        self.unread.retain(|unread| match read(unread) {
            Some(given) => {
                found.push(given);
                false
            }
            None => true,
        });
        for given in found {
            self.receive_late(given);
        }
    }

    /// A probe has said this of a token. It is believed about a death only if it had called that
    /// very token alive.
    pub fn see(&mut self, id: TokenId, probe: Probe, life: Life, at: Timestamp) {
        let Some(index) = self.living.iter().position(|token| token.id == id) else { return };
        match life {
            Life::Alive => {
                let token = &mut self.living[index];
                token.seen_alive.note(probe);
                token.called_dead = None;
                // The partner does not keep its own word: the token is good for nobody knows how
                // long.
                if probe == Probe::Use && token.expires.is_some_and(|expires| expires <= at) {
                    token.expires = None;
                }
            }
            Life::Dead if self.living[index].seen_alive.by(probe) => {
                let proof = self.living[index].inactive(probe);
                self.bury(index, proof, at);
            }
            Life::Dead => {}
        }
    }

    /// A probe that had called a token alive calls it dead. One report is not enough, since a
    /// replica may lag behind: it counts when it is repeated [`CONFIRM_DEAD_AFTER`] later or more.
    /// Whether it counts now.
    ///
    /// The partner answered at some time from `sent` to `received`, and these may lie far apart:
    /// whoever asks may sleep meanwhile. So a first report counts from when it was received, and a
    /// repeated one as of when its question was sent.
    pub fn report_dead(&mut self, id: TokenId, probe: Probe, sent: Timestamp, received: Timestamp) -> bool {
        let Some(token) = self.living.iter_mut().find(|token| token.id == id) else { return false };
        if !token.seen_alive.by(probe) {
            return false;
        }
        let since = *token.called_dead.get_or_insert(received);
        let counts = since.plus(CONFIRM_DEAD_AFTER) <= sent;
        if counts {
            self.see(id, probe, Life::Dead, received);
        }
        counts
    }

    /// The partner has refused this token in so many words when it was used.
    pub fn refuse(&mut self, id: TokenId, at: Timestamp) {
        if let Some(index) = self.living.iter().position(|token| token.id == id) {
            let proof = self.living[index].inactive(Probe::Use);
            self.bury(index, proof, at);
        }
    }

    /// Whether the refresh token that is used was refused: nothing gets new tokens any more.
    #[must_use]
    pub fn refresh_was_refused(&self) -> bool {
        let refused = |dead: &DeadToken| {
            Some(dead.id) == self.current.refresh && dead.proof == Proof::RefreshTokenRefused
        };
        self.dead.iter().any(refused)
    }

    /// Lets go of tokens that have expired by the partner's own word.
    pub fn expire(&mut self, now: Timestamp) {
        while let Some(index) = self.living.iter().position(|token| token.has_expired(now)) {
            let proof = match self.living[index].kind {
                TokenKind::Access => Proof::AccessTokenExpired,
                TokenKind::Refresh => Proof::RefreshTokenExpired,
            };
            self.bury(index, proof, now);
        }
    }

    fn bury(&mut self, index: usize, proof: Proof, at: Timestamp) {
        let dead = self.living.remove(index).dead(proof, at);
        self.dead.push(dead);
        if self.dead.len() > Self::MOST_DEAD {
            self.dead.remove(0);
            self.more_dead = self.more_dead.saturating_add(1);
        }
    }

    /// The end of all of it.
    ///
    /// # Errors
    /// The set as it is, while there is a token without a proof, or an answer that nobody could
    /// read.
    #[expect(clippy::result_large_err, reason = "whoever is told that it is not over goes on with it")]
    pub fn into_end(self) -> Result<End, Self> {
        if !self.living.is_empty() || !self.unread.is_empty() {
            return Err(self);
        }
        let dead = Dead { tokens: self.dead, more: self.more_dead };
        let missing = self.missing;
        Ok(if missing.is_empty() { End::Dead(dead) } else { End::Unaccounted { dead, missing } })
    }

    /// What is known of each token, without the tokens.
    #[must_use]
    pub fn log(&self) -> TokenLog {
        let living = self.living.iter().map(|token| TokenRecord {
            id: token.id,
            kind: token.kind,
            origin: token.origin,
            obtained: token.obtained,
            proved: None,
        });
        let known = self.dead.iter().map(TokenRecord::of_dead).chain(living).collect();
        TokenLog { known, omitted: self.more_dead }
    }
}

#[cfg(test)]
mod tests;
