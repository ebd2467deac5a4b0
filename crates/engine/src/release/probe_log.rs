//! What probes have said of each token in one try, and what of it proves something.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use gangway_domain::{
    CLOCK_LEEWAY, CONFIRM_DEAD_AFTER, Life, Obstacle, Probe, Timestamp, Token, TokenId, TokenKind,
};

use super::{Hindrance, until};
use crate::credential::Holdings;
use crate::{CallError, CallFailure, Secret};

pub(super) const PROBES: [Probe; 2] = [Probe::Introspection, Probe::Use];

/// What probes and revocations have answered in one try.
#[derive(Debug, Default)]
pub(super) struct ProbeLog {
    /// What each probe said of each token last.
    pub(super) last: HashMap<(TokenId, Probe), ProbeReport>,
    /// Probes that gave an answer which says nothing are not asked again in the same round.
    pub(super) silent: Vec<Probe>,
    /// Probes that this partner does not offer, for this kind of token.
    pub(super) absent: Vec<(Probe, TokenKind)>,
    /// Whether introspection called a refresh token dead that was good: nothing it says in this try
    /// counts.
    lies: bool,
    /// What else stands in the way.
    obstacles: HashSet<Obstacle>,
    /// Whether a probe gave no answer.
    unanswered: bool,
    /// Whether a token has to be called dead once more, since nobody but introspection says so.
    pub(super) awaits_second_report: bool,
    retry_after: Option<Duration>,
}

/// What a probe said, at some time from when it was asked to when its answer came. These may lie
/// far apart: a node may sleep meanwhile.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProbeReport {
    pub(super) life: Life,
    pub(super) sent: Timestamp,
    pub(super) received: Timestamp,
}

impl ProbeLog {
    /// What a probe last said of a token.
    pub(super) fn last(&self, token: TokenId, probe: Probe) -> Option<Life> {
        self.said(token, probe).map(|said| said.life)
    }

    /// What a probe last said of a token, and when.
    pub(super) fn said(&self, token: TokenId, probe: Probe) -> Option<ProbeReport> {
        self.last.get(&(token, probe)).copied()
    }

    /// What gave no answer may give one now.
    pub(super) fn begin_round(&mut self) {
        self.silent.clear();
    }

    pub(super) fn is_no_use(&self, probe: Probe, kind: TokenKind) -> bool {
        self.silent.contains(&probe) || self.absent.contains(&(probe, kind))
    }

    /// Notes what was said since.
    pub(super) fn note(&mut self, token: TokenId, probe: Probe, said: ProbeReport) {
        self.last.insert((token, probe), said);
    }

    /// Introspection has called a token dead that the partner took just now.
    pub(super) const fn introspection_lies(&mut self) {
        self.lies = true;
    }

    /// Notes a failure, for the hindrance there may be.
    pub(super) fn note_failure(&mut self, error: &CallError) {
        match error.kind {
            CallFailure::RefusesUs => drop(self.obstacles.insert(Obstacle::RefusesUs)),
            CallFailure::NotDone | CallFailure::Unclear => {
                self.obstacles.insert(Obstacle::Unreachable);
                self.retry_after = self.retry_after.max(error.retry_after);
            }
            CallFailure::Refused | CallFailure::Rejected => {}
        }
    }

    /// Notes that a probe gave no answer, which matters only where there is no other for the token.
    pub(super) fn note_probe_failure(&mut self, error: &CallError) {
        if error.kind == CallFailure::RefusesUs {
            self.obstacles.insert(Obstacle::RefusesUs);
        }
        self.unanswered = true;
        self.retry_after = self.retry_after.max(error.retry_after);
    }

    /// A refresh token was refused in words that may mean something else.
    pub(super) fn ambiguous(&mut self) {
        self.obstacles.insert(Obstacle::Ambiguous);
    }

    /// Whether to use refresh tokens can show anything but that they live: the partner answered the
    /// revocations, or the tokens are seen to be dead. `reached` says whether the partner answered
    /// the revocations.
    pub(super) fn worth_a_use(&self, reached: bool) -> bool {
        let seen = |wanted: Life| self.last.values().any(|said| said.life == wanted);
        reached || (seen(Life::Dead) && !seen(Life::Alive))
    }

    /// Why there are tokens left without a proof.
    pub(super) fn hindrance(&self, holdings: &Holdings, now: Timestamp) -> Hindrance {
        let said = |token: &Token<Secret>| PROBES.map(|probe| self.last(token.id, probe));
        let mut living = holdings.set.living();
        let is_alive = living.clone().any(|token| said(token).contains(&Some(Life::Alive)));
        let lacks = |token: &Token<Secret>| {
            let said_nothing = |probe: &Probe| self.last(token.id, *probe).is_none();
            let awaited = PROBES.iter().any(|probe| token.seen_alive.by(*probe) && said_nothing(probe));
            awaited || PROBES.iter().all(said_nothing)
        };
        let unanswered = self.unanswered && living.clone().any(lacks);
        let obstacle = if living.next().is_none() && !holdings.set.unread().is_empty() {
            Obstacle::UnreadAnswer
        } else if self.obstacles.contains(&Obstacle::RefusesUs) {
            Obstacle::RefusesUs
        } else if self.obstacles.contains(&Obstacle::Unreachable) || unanswered {
            Obstacle::Unreachable
        } else if is_alive || self.lies {
            Obstacle::StillAlive
        } else if self.awaits_second_report {
            return Hindrance { obstacle: Obstacle::NoProof, retry_after: Some(CONFIRM_DEAD_AFTER) };
        } else if self.obstacles.contains(&Obstacle::Ambiguous) {
            Obstacle::Ambiguous
        } else {
            return when_something_expires(holdings, now);
        };
        Hindrance { obstacle, retry_after: self.retry_after }
    }

    /// Whether introspection may have the last word on this token.
    pub(super) fn may_rest_on_introspection(&self, token: &Token<Secret>) -> bool {
        let use_has_not_told =
            token.kind == TokenKind::Access || self.obstacles.contains(&Obstacle::Ambiguous);
        use_has_not_told && !self.obstacles.contains(&Obstacle::Unreachable)
    }

    /// The probe that proves a token dead, the better if there are two.
    pub(super) fn proof_of(&self, token: &Token<Secret>) -> Option<Probe> {
        let offered = |probe: &Probe| !self.absent.contains(&(*probe, token.kind));
        let mut proof = None;
        for probe in PROBES.into_iter().filter(|probe| token.seen_alive.by(*probe)).filter(offered) {
            let counts = probe == Probe::Use || !self.lies;
            if !counts || self.last(token.id, probe) != Some(Life::Dead) {
                return None;
            }
            proof = Some(probe);
        }
        proof
    }
}

/// Nothing is to be done before the first token has expired.
fn when_something_expires(holdings: &Holdings, now: Timestamp) -> Hindrance {
    let expires = holdings.set.living().filter_map(|token| token.expires).min();
    let retry_after = expires.map(|expires| until(expires.plus(CLOCK_LEEWAY), now));
    Hindrance { obstacle: Obstacle::NoProof, retry_after }
}
