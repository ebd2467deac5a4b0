//! What is held of a connection: all tokens it was ever given, and what it takes to revoke them
//! without the profile they came by.

mod record;

use std::time::Duration;

use gangway_domain::{Given, MissingKind, Origin, Timestamp, TokenId, TokenSet, Unread};
use uuid::Uuid;

use crate::{Grant, Secret};

pub(crate) use record::HoldingsRecord;

/// For how long after it was asked for a refresh may have an answer on its way to another node:
/// longer than a connector waits for one.
pub(crate) const MAY_BE_UNDER_WAY: Duration = Duration::from_secs(65);
/// So many bytes are sealed at most; tokens that do not fit are let go, which the set then says.
const LARGEST: usize = 768 * 1024;

/// Everything that is held of one connection. It is sealed as one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) set: TokenSet<Secret>,
    /// A refresh that was asked for and whose answer is not known yet.
    pub(crate) under_way: Option<UnderWay>,
    /// See [`crate::Connector::snapshot`].
    pub(crate) connector: Secret,
}

/// A refresh that was asked for. It is written down before it is asked for: should the answer be
/// lost, tokens may live that nobody has. And of several nodes only one can write it, so only one
/// asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnderWay {
    /// Which call, so that its answer is known for it however late it comes.
    pub(crate) call: Uuid,
    /// With which refresh token.
    pub(crate) token: TokenId,
    /// When.
    pub(crate) at: Timestamp,
}

impl UnderWay {
    /// Whether somebody may wait for its answer still, by a clock that may be another's.
    pub(crate) fn may_be_answered(self, now: Timestamp) -> bool {
        self.at <= now.plus(MAY_BE_UNDER_WAY) && now < self.at.plus(MAY_BE_UNDER_WAY)
    }
}

impl Holdings {
    /// Nothing yet.
    pub(crate) fn empty(connector: Secret) -> Self {
        Self { set: TokenSet::default(), under_way: None, connector }
    }

    /// What a partner gave for a code.
    pub(crate) fn from_answer(given: Given<Secret>, connector: Secret) -> Self {
        let mut holdings = Self::empty(connector);
        holdings.receive(given);
        holdings
    }

    /// Takes what the partner gave, to be used from now on.
    pub(crate) fn receive(&mut self, given: Given<Secret>) {
        let at = given.at;
        self.set.receive(given);
        self.keep_bounds(at);
    }

    /// Takes what came too late to be used.
    pub(crate) fn receive_late(&mut self, given: Given<Secret>) {
        let at = given.at;
        self.set.receive_late(given);
        self.keep_bounds(at);
    }

    fn keep_bounds(&mut self, now: Timestamp) {
        while self.bytes() > LARGEST && self.set.let_oldest_go(now) {}
        if self.set.missing().iter().any(|missing| missing.what == MissingKind::LetGo) {
            tracing::warn!(
                "a partner gives token upon token and lets none expire: the oldest had to be let go"
            );
        }
    }

    /// About how many bytes of secrets there are.
    fn bytes(&self) -> usize {
        let tokens: usize = self.set.living().map(|token| token.secret.expose().len()).sum();
        let unread: usize = self.set.unread().iter().map(|unread| unread.body.expose().len()).sum();
        tokens + unread
    }

    /// Whether this answer is here, or was.
    pub(crate) fn has(&self, given: &Given<Secret>) -> bool {
        self.set.knows(given.access.0)
    }

    /// The answer did not come, so tokens may be missing.
    pub(crate) fn lose_answer(&mut self) {
        if let Some(lost) = self.under_way.take() {
            self.set.miss(MissingKind::RefreshAnswer, lost.at);
        }
    }

    /// Takes the answer to a refresh, which is no answer that could be read.
    pub(crate) fn answer_unread(&mut self, unread: Unread<Secret>) {
        self.under_way = None;
        self.set.keep_unread(unread);
    }

    /// Whether the access token is no good any more at this time, by what the partner has said.
    pub(crate) fn has_run_out(&self, at: Timestamp) -> bool {
        self.set.access_token().is_none_or(|token| token.expires.is_some_and(|expires| expires <= at))
    }
}

/// What a partner gave, with names for it: `ids` makes one for each token.
pub(crate) fn given(
    grant: Grant,
    origin: Origin,
    at: Timestamp,
    mut ids: impl FnMut() -> TokenId,
) -> Given<Secret> {
    let Grant { access_token, refresh_token, expires_in, refresh_expires_in, beside, answer: _ } = grant;
    let until = |life: Option<Duration>| life.map(|life| at.plus(life));
    Given {
        at,
        origin,
        access: (ids(), access_token, until(expires_in)),
        refresh: refresh_token.map(|token| (ids(), token, until(refresh_expires_in))),
        beside,
    }
}
