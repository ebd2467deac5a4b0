//! What probes say of a live connection's tokens.

use gangway_domain::{Life, Probe, Timestamp, TokenId, TokenKind, TokenSet};

use super::held::HeldConnection;
use crate::{CallError, CallFailure, Connector, Engine, Error, Secret, Store};

/// What was seen of the tokens that are used.
#[derive(Debug, Default)]
pub(super) struct Findings {
    alive: bool,
    /// Whether a probe calls a token dead that it had called alive.
    suspects_death: bool,
    /// Whether the access token is dead, as far as probes can show it.
    dead: bool,
    /// What the partner answered to a client it does not take us for.
    pub(super) refuses_us: Option<String>,
    /// The last answer that says nothing.
    pub(super) unclear: Option<CallError>,
}

impl Findings {
    /// Whether a probe calls the access token alive.
    pub(super) const fn is_alive(&self) -> bool {
        self.alive
    }

    /// Whether there is reason to see if the grant is gone.
    pub(super) const fn suspects_death(&self) -> bool {
        self.suspects_death
    }

    /// Whether every probe there is calls the access token dead, as far as that can be believed.
    pub(super) const fn is_dead(&self) -> bool {
        self.dead && !self.alive
    }
}

/// A token that is probed at.
struct ProbedToken {
    id: TokenId,
    kind: TokenKind,
    text: Secret,
    is_used: bool,
    probes: Vec<Probe>,
}

/// What probes have said of one token.
struct ProbeAnswers {
    lives: Vec<(Probe, Life)>,
    /// Before the first was asked.
    asked: Timestamp,
    /// Whether every probe that there is has said something.
    is_all: bool,
}

impl ProbeAnswers {
    fn is_alive(&self) -> bool {
        self.lives.iter().any(|(_, life)| *life == Life::Alive)
    }

    /// Whether every probe that there is calls it dead.
    fn is_dead(&self) -> bool {
        self.is_all && !self.lives.is_empty() && !self.is_alive()
    }
}

impl<S: Store> Engine<S> {
    /// Looks at the tokens that are used, and at those they replaced where introspection had called
    /// them alive: to ask is harmless, and what is seen to be dead need not be kept. Those are
    /// neither used nor revoked while the connection lives, since a partner may end the whole grant
    /// for that (RFC 7009, section 2.1; RFC 9700, section 4.14.2). `None` if the credential is
    /// another one by now.
    pub(super) async fn probe_tokens(
        &self,
        held: &mut HeldConnection,
        connector: &dyn Connector,
    ) -> Result<Option<Findings>, Error> {
        let mut seen = Findings::default();
        let mut after = held.holdings.clone();
        after.set.expire(self.now());
        let mut dead = Vec::new();
        let mut discerns = false;
        for token in tokens_to_probe(held) {
            let Some(answers) = self.ask_about(&token, held, connector, &mut seen).await? else {
                return Ok(None);
            };
            if token.is_used {
                discerns |= answers.lives.contains(&(Probe::Introspection, Life::Alive));
                self.note_used(&mut after.set, &token, &answers, &mut seen);
            } else if answers.is_dead() {
                dead.push((token.id, answers.asked));
            }
            for (probe, life) in answers.lives.into_iter().filter(|(_, life)| *life == Life::Alive) {
                after.set.see(token.id, probe, life, self.now());
            }
        }
        // What is used is called dead only when its use is refused. What it replaced is, if
        // introspection says so twice, and tells the living from the dead.
        for (token, asked) in dead.into_iter().filter(|_| discerns) {
            after.set.report_dead(token, Probe::Introspection, asked, self.now());
        }
        if after != held.holdings && !self.keep(held, after).await? {
            return Ok(None);
        }
        Ok(Some(seen))
    }

    /// `None` if the credential is another one by now.
    async fn ask_about(
        &self,
        token: &ProbedToken,
        held: &HeldConnection,
        connector: &dyn Connector,
        seen: &mut Findings,
    ) -> Result<Option<ProbeAnswers>, Error> {
        let mut answers = ProbeAnswers { lives: Vec::new(), asked: self.now(), is_all: true };
        for probe in &token.probes {
            if !self.still_holds(held).await? {
                return Ok(None);
            }
            match connector.probe(*probe, token.kind, &token.text).await {
                Ok(look) => answers.lives.extend(look.map(|look| (*probe, look.life))),
                Err(error) => {
                    answers.is_all = false;
                    seen.note_failure(error);
                }
            }
        }
        Ok(Some(answers))
    }

    fn note_used(
        &self,
        set: &mut TokenSet<Secret>,
        token: &ProbedToken,
        answers: &ProbeAnswers,
        seen: &mut Findings,
    ) {
        let had_called_alive = |probe| set.find(token.id).is_some_and(|t| t.seen_alive.by(probe));
        let takes_back = |probe| answers.lives.contains(&(probe, Life::Dead)) && had_called_alive(probe);
        let (by_introspection, by_use) = (takes_back(Probe::Introspection), takes_back(Probe::Use));
        seen.alive |= token.kind == TokenKind::Access && answers.is_alive();
        seen.suspects_death |= by_introspection || by_use;
        // Without a refresh token there is nothing more that could be tried.
        if set.refresh_token().is_none() && answers.is_dead() {
            // Nor is a healthy connection cut for what a gateway says while it is down: it has to
            // be reported twice.
            let probe = if by_use { Probe::Use } else { Probe::Introspection };
            seen.dead |=
                (by_use || by_introspection) && set.report_dead(token.id, probe, answers.asked, self.now());
        }
    }
}

impl Findings {
    fn note_failure(&mut self, error: CallError) {
        match error.kind {
            CallFailure::RefusesUs => self.refuses_us = Some(error.answer),
            CallFailure::Refused | CallFailure::Rejected | CallFailure::NotDone | CallFailure::Unclear => {
                self.unclear = Some(error);
            }
        }
    }
}

fn tokens_to_probe(held: &HeldConnection) -> Vec<ProbedToken> {
    let (access, refresh) = held.holdings.set.current();
    let tokens = held.holdings.set.living();
    let probed = tokens.map(|token| {
        let is_used = [access, refresh].contains(&Some(token.id));
        let probes = match (is_used, token.kind) {
            (true, TokenKind::Access) => vec![Probe::Introspection, Probe::Use],
            (true, TokenKind::Refresh) => vec![Probe::Introspection],
            (false, TokenKind::Access) if token.seen_alive.by_introspection && token.seen_alive.by_use => {
                vec![Probe::Introspection, Probe::Use]
            }
            (false, _) if token.seen_alive.by_introspection => vec![Probe::Introspection],
            (false, _) => Vec::new(),
        };
        ProbedToken { id: token.id, kind: token.kind, text: token.secret.clone(), is_used, probes }
    });
    probed.filter(|probed| !probed.probes.is_empty()).collect()
}
