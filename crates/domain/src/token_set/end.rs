//! How sets end.

use super::{DeadToken, Missing, Origin, Proof, TokenKind};
use crate::{Timestamp, TokenId};

/// How a whole set has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Every token that was ever given is dead.
    Dead(Dead),
    /// Every token that is known is dead, and there may be others that nobody has.
    Unaccounted {
        /// Those that are known.
        dead: Dead,
        /// What is missing; never empty.
        missing: Vec<Missing>,
    },
}

/// The tokens of a whole set, each with its proof. It is made by [`super::TokenSet::into_end`] and
/// by nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    pub(super) tokens: Vec<DeadToken>,
    pub(super) more: u64,
}

impl Dead {
    /// Each token that is remembered.
    #[must_use]
    pub fn tokens(&self) -> &[DeadToken] {
        &self.tokens
    }

    /// What is known of each.
    #[must_use]
    pub fn log(&self) -> TokenLog {
        TokenLog { known: self.tokens.iter().map(TokenRecord::of_dead).collect(), omitted: self.more }
    }
}

/// What is known of the tokens of a set, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenLog {
    /// Each that is remembered; those that are dead first.
    pub known: Vec<TokenRecord>,
    /// How many more are dead, each by a proof of its own: of a connection that lasts for years the
    /// newest are remembered.
    pub omitted: u64,
}

/// What is known of one token, fit to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRecord {
    /// Which one.
    pub id: TokenId,
    /// What it is good for.
    pub kind: TokenKind,
    /// How it came.
    pub origin: Origin,
    /// When it came.
    pub obtained: Timestamp,
    /// What shows that it is dead, and when that was seen; `None` while nothing does.
    pub proved: Option<(Proof, Timestamp)>,
}

impl TokenRecord {
    /// What is known of a dead one.
    #[must_use]
    pub const fn of_dead(dead: &DeadToken) -> Self {
        let DeadToken { id, kind, origin, obtained, proof, at } = *dead;
        Self { id, kind, origin, obtained, proved: Some((proof, at)) }
    }
}
