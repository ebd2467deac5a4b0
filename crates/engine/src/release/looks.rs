//! What was seen of each token in one try, and what of it is believed.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use gangway_domain::{
    CLOCK_LEEWAY, CONFIRM_DEAD_AFTER, Life, Obstacle, Probe, SeenAlive, Step, Timestamp, Token, TokenId,
    TokenKind,
};

use super::kill::TryContext;
use super::{Hindrance, Stop, until};
use crate::holdings::Holdings;
use crate::{CallError, CallFailure, Engine, Secret, Store};

const PROBES: [Probe; 2] = [Probe::Introspection, Probe::Use];

/// What was seen and heard in one try.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// What each probe said of each token last.
    last: HashMap<(TokenId, Probe), Said>,
    /// Probes that gave an answer which says nothing are not asked again in the same round.
    deaf: Vec<Probe>,
    /// Probes that this partner does not offer, for this kind of token.
    absent: Vec<(Probe, TokenKind)>,
    /// Whether introspection called a refresh token dead that was good: nothing it says in this try counts.
    lies: bool,
    /// What else was heard that stands in the way.
    heard: HashSet<Obstacle>,
    /// Whether a probe gave no answer.
    unheard: bool,
    /// Whether a death that nobody saw has to be told again.
    awaits_second_report: bool,
    retry_after: Option<Duration>,
}

/// What a probe said, at some time from when it was asked to when it was heard. These may lie far apart: a node may sleep meanwhile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub(super) life: Life,
    pub(super) asked: Timestamp,
    pub(super) heard: Timestamp,
}

impl Looks {
    /// What a probe last said of a token.
    pub(super) fn last(&self, token: TokenId, probe: Probe) -> Option<Life> {
        self.said(token, probe).map(|said| said.life)
    }

    /// What a probe last said of a token, and when.
    pub(super) fn said(&self, token: TokenId, probe: Probe) -> Option<Said> {
        self.last.get(&(token, probe)).copied()
    }

    /// What gave no answer may give one now.
    pub(super) fn begin_round(&mut self) {
        self.deaf.clear();
    }

    fn is_no_use(&self, probe: Probe, kind: TokenKind) -> bool {
        self.deaf.contains(&probe) || self.absent.contains(&(probe, kind))
    }

    /// Notes what was said since.
    fn note(&mut self, token: TokenId, probe: Probe, said: Said) {
        self.last.insert((token, probe), said);
    }

    /// Introspection has called a token dead that the partner took just now.
    pub(super) const fn introspection_lies(&mut self) {
        self.lies = true;
    }

    /// Notes a failure, for the hindrance there may be.
    pub(super) fn heard(&mut self, error: &CallError) {
        match error.kind {
            CallFailure::RefusesUs => drop(self.heard.insert(Obstacle::RefusesUs)),
            CallFailure::NotDone | CallFailure::Unclear => {
                self.heard.insert(Obstacle::Unreachable);
                self.retry_after = self.retry_after.max(error.retry_after);
            }
            CallFailure::Refused | CallFailure::Rejected => {}
        }
    }

    /// Notes that a probe gave no answer, which matters only where there is no other for the token.
    fn heard_by_a_probe(&mut self, error: &CallError) {
        if error.kind == CallFailure::RefusesUs {
            self.heard.insert(Obstacle::RefusesUs);
        }
        self.unheard = true;
        self.retry_after = self.retry_after.max(error.retry_after);
    }

    /// A refresh token was refused in words that may mean something else.
    pub(super) fn ambiguous(&mut self) {
        self.heard.insert(Obstacle::Ambiguous);
    }

    /// Whether to use refresh tokens can show anything but that they live: the revocation has been heard, or the tokens are seen to be
    /// dead. `reached` says whether the partner answered the revocations.
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
        let unheard = self.unheard && living.clone().any(lacks);
        let obstacle = if living.next().is_none() && !holdings.set.unread().is_empty() {
            Obstacle::UnreadAnswer
        } else if self.heard.contains(&Obstacle::RefusesUs) {
            Obstacle::RefusesUs
        } else if self.heard.contains(&Obstacle::Unreachable) || unheard {
            Obstacle::Unreachable
        } else if is_alive || self.lies {
            Obstacle::StillAlive
        } else if self.awaits_second_report {
            return Hindrance { obstacle: Obstacle::NoProof, retry_after: Some(CONFIRM_DEAD_AFTER) };
        } else if self.heard.contains(&Obstacle::Ambiguous) {
            Obstacle::Ambiguous
        } else {
            return when_something_expires(holdings, now);
        };
        Hindrance { obstacle, retry_after: self.retry_after }
    }
}

/// Nothing is to be done before the first token has expired.
fn when_something_expires(holdings: &Holdings, now: Timestamp) -> Hindrance {
    let expires = holdings.set.living().filter_map(|token| token.expires).min();
    let retry_after = expires.map(|expires| until(expires.plus(CLOCK_LEEWAY), now));
    Hindrance { obstacle: Obstacle::NoProof, retry_after }
}

impl<S: Store> Engine<S> {
    /// What is alive before anything is revoked: of a token that nobody has seen alive nobody could see later that it is dead.
    /// What is seen is stored at once: whoever goes on with this after a crash sees it no more.
    pub(super) async fn look_before(&self, asking: &mut TryContext<'_>) -> Result<(), Stop> {
        let before = asking.holdings.clone();
        let unseen = |token: &Token<Secret>| token.seen_alive == SeenAlive::default();
        for token in asking.targets().into_iter().filter(unseen) {
            self.look_at_one(asking, &token).await;
        }
        for ((token, probe), Said { life, .. }) in asking.looks.last.clone() {
            if life == Life::Alive {
                asking.holdings.set.see(token, probe, life, self.now());
            }
        }
        if asking.holdings == before {
            return Ok(());
        }
        self.keep_holdings(asking.attempt, asking.holdings.clone()).await
    }

    pub(super) async fn look_after(&self, asking: &mut TryContext<'_>) {
        for token in asking.targets() {
            self.look_at_one(asking, &token).await;
        }
    }

    /// Asks every probe there is about one token.
    pub(super) async fn look_at_one(&self, asking: &mut TryContext<'_>, token: &Token<Secret>) {
        for probe in PROBES {
            if (probe == Probe::Use && token.kind == TokenKind::Refresh)
                || asking.looks.is_no_use(probe, token.kind)
            {
                continue;
            }
            let asked = self.now();
            match asking.connector.probe(probe, token.kind, &token.secret).await {
                Ok(None) => asking.looks.absent.push((probe, token.kind)),
                Ok(Some(look)) => {
                    self.note(asking.attempt, Step::Probe, Some(token.id), &look.answer.0);
                    let said = Said { life: look.life, asked, heard: self.now() };
                    asking.looks.note(token.id, probe, said);
                }
                Err(error) => {
                    self.note(asking.attempt, Step::Probe, Some(token.id), &error.answer);
                    asking.looks.deaf.push(probe);
                    asking.looks.heard_by_a_probe(&error);
                }
            }
        }
    }
}

impl TryContext<'_> {
    /// Takes over what counts as a proof of tokens of this kind: one is dead if every probe that has ever called it alive, and there
    /// is one, calls it dead. Where that is introspection alone, it has to say so twice, and only where nothing better is to be had:
    /// the partner has done what it was asked to in this try, and a refresh token's use has not told.
    pub(super) fn believe(&mut self, kind: TokenKind, now: Timestamp) {
        let Self { holdings, looks, .. } = self;
        for token in holdings.set.living().filter(|token| token.kind == kind).cloned().collect::<Vec<_>>() {
            if looks.last(token.id, Probe::Introspection) == Some(Life::Alive) {
                // Whatever it had called it before.
                holdings.set.see(token.id, Probe::Introspection, Life::Alive, now);
            }
            match looks.proof_of(&token) {
                // To be refused is no hearsay.
                Some(Probe::Use) => holdings.set.see(token.id, Probe::Use, Life::Dead, now),
                Some(probe @ Probe::Introspection) if looks.takes_hearsay(&token) => {
                    let said = looks.said(token.id, probe);
                    looks.awaits_second_report |= !said.is_some_and(|Said { asked, heard, .. }| {
                        holdings.set.report_dead(token.id, probe, asked, heard)
                    });
                }
                Some(Probe::Introspection) | None => {}
            }
        }
    }
}

impl Looks {
    /// Whether introspection may have the last word on this token.
    fn takes_hearsay(&self, token: &Token<Secret>) -> bool {
        let use_has_not_told = token.kind == TokenKind::Access || self.heard.contains(&Obstacle::Ambiguous);
        use_has_not_told && !self.heard.contains(&Obstacle::Unreachable)
    }

    /// The probe that proves a token dead, the better if there are two.
    fn proof_of(&self, token: &Token<Secret>) -> Option<Probe> {
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
