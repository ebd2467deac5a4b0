//! Tokens, and what is known of one.

use std::time::Duration;

use super::Proof;
use crate::{Timestamp, TokenId};

/// How far apart the clocks of those who write down when a token expires, and of those who believe
/// it, may be.
pub const CLOCK_LEEWAY: Duration = Duration::from_mins(5);

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// It opens the partner's API.
    Access,
    /// It gets new tokens.
    Refresh,
}

/// How a token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// For an authorization code.
    Code,
    /// For this refresh token.
    Refresh(TokenId),
    /// It was stored before there were sets of tokens, so nobody knows.
    Unknown,
}

/// How a partner is asked about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Probe {
    /// By introspection (RFC 7662).
    Introspection,
    /// By using it: an access token where it shows no more than whose it is.
    Use,
}

/// What a probe says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Life {
    /// It is good.
    Alive,
    /// It is not.
    Dead,
}

/// Which probes have called a token alive. Of what a probe has not, it means nothing that it calls
/// it dead: a partner's introspection answers `active: false` for tokens it does not know or does
/// not tell us about (RFC 7662, section 2.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SeenAlive {
    /// Introspection has.
    pub by_introspection: bool,
    /// A use has.
    pub by_use: bool,
}

impl SeenAlive {
    /// Whether this probe has.
    #[must_use]
    pub const fn by(self, probe: Probe) -> bool {
        match probe {
            Probe::Introspection => self.by_introspection,
            Probe::Use => self.by_use,
        }
    }

    pub(super) const fn note(&mut self, probe: Probe) {
        match probe {
            Probe::Introspection => self.by_introspection = true,
            Probe::Use => self.by_use = true,
        }
    }
}

/// A token that may be good. `S` is its text, or nothing where only what is known of it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<S> {
    /// Which one.
    pub id: TokenId,
    /// What it is good for.
    pub kind: TokenKind,
    /// How it came.
    pub origin: Origin,
    /// When it came.
    pub obtained: Timestamp,
    /// When it is no good any more, if the partner has said.
    pub expires: Option<Timestamp>,
    /// Which probes have called it alive.
    pub seen_alive: SeenAlive,
    /// Since when a probe that had called it alive calls it dead, where one telling is not enough.
    pub called_dead: Option<Timestamp>,
    /// It.
    pub secret: S,
}

impl<S> Token<S> {
    /// Whether the partner's own word says that it is no good any more, whosever clock it is read
    /// by.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires.plus(CLOCK_LEEWAY) <= now)
    }

    /// What is kept of it when it is dead.
    pub(super) fn dead(&self, proof: Proof, at: Timestamp) -> DeadToken {
        let Self { id, kind, origin, obtained, .. } = self;
        DeadToken { id: *id, kind: *kind, origin: *origin, obtained: *obtained, proof, at }
    }

    pub(super) const fn inactive(&self, probe: Probe) -> Proof {
        match (self.kind, probe) {
            (TokenKind::Access, Probe::Introspection) => Proof::AccessTokenInactive,
            (TokenKind::Access, Probe::Use) => Proof::AccessTokenRefused,
            (TokenKind::Refresh, Probe::Introspection) => Proof::RefreshTokenInactive,
            (TokenKind::Refresh, Probe::Use) => Proof::RefreshTokenRefused,
        }
    }
}

/// A token that was proved to be dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadToken {
    /// Which one.
    pub id: TokenId,
    /// What it was good for.
    pub kind: TokenKind,
    /// How it came.
    pub origin: Origin,
    /// When it came.
    pub obtained: Timestamp,
    /// What shows that it is dead.
    pub proof: Proof,
    /// When that was seen.
    pub at: Timestamp,
}

/// Tokens that the partner may have given and nobody has, or nobody understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// How.
    pub what: MissingKind,
    /// Since when.
    pub at: Timestamp,
}

/// How tokens come to be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MissingKind {
    /// A code was redeemed, and no answer came.
    CodeAnswer,
    /// A refresh was asked for, and no answer came.
    RefreshAnswer,
    /// The set was full, and tokens for which there was no proof had to be let go.
    LetGo,
    /// What the connection had before there were sets of tokens: one that was replaced then was not
    /// kept.
    BeforeSets,
    /// An answer had tokens in it beside those that are known what to do with.
    NotUnderstood,
    /// The set is a backup's, or of another older copy, and what the connection was given after
    /// that is not in it.
    ChangedSinceBackup,
}

/// An answer that may have tokens in it and could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread<S> {
    /// When it came.
    pub at: Timestamp,
    /// For what it came.
    pub origin: Origin,
    /// What of it was kept.
    pub body: S,
}

/// What a partner gave in one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<S> {
    /// When.
    pub at: Timestamp,
    /// For what.
    pub origin: Origin,
    /// The access token, and when it is no good any more.
    pub access: (TokenId, S, Option<Timestamp>),
    /// The refresh token, if there is one, and when it is no good any more.
    pub refresh: Option<(TokenId, S, Option<Timestamp>)>,
    /// Whether there were tokens beside them that nobody can revoke.
    pub beside: bool,
}
