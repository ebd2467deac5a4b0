//! Asks the probes about tokens, and takes over what they prove.

use gangway_domain::{Life, Probe, SeenAlive, Step, Timestamp, Token, TokenKind};

use super::Stop;
use super::context::TryContext;
use super::probe_log::{PROBES, ProbeReport};
use crate::{Engine, Secret, Store};

impl<S: Store> Engine<S> {
    /// What is alive before anything is revoked: of a token that nobody has seen alive nobody could
    /// see later that it is dead. What is seen is stored at once: whoever goes on with this after a
    /// crash sees it no more.
    pub(super) async fn probe_before(&self, context: &mut TryContext<'_>) -> Result<(), Stop> {
        let before = context.holdings.clone();
        let unseen = |token: &Token<Secret>| token.seen_alive == SeenAlive::default();
        for token in context.targets().into_iter().filter(unseen) {
            self.probe_token(context, &token).await;
        }
        for ((token, probe), ProbeReport { life, .. }) in context.probes.last.clone() {
            if life == Life::Alive {
                context.holdings.set.see(token, probe, life, self.now());
            }
        }
        if context.holdings == before {
            return Ok(());
        }
        self.keep_holdings(context.attempt, context.holdings.clone()).await
    }

    pub(super) async fn probe_after(&self, context: &mut TryContext<'_>) {
        for token in context.targets() {
            self.probe_token(context, &token).await;
        }
    }

    /// Asks every probe there is about one token.
    pub(super) async fn probe_token(&self, context: &mut TryContext<'_>, token: &Token<Secret>) {
        for probe in PROBES {
            if (probe == Probe::Use && token.kind == TokenKind::Refresh)
                || context.probes.is_no_use(probe, token.kind)
            {
                continue;
            }
            let sent = self.now();
            match context.connector.probe(probe, token.kind, &token.secret).await {
                Ok(None) => context.probes.absent.push((probe, token.kind)),
                Ok(Some(look)) => {
                    self.note(context.attempt, Step::Probe, Some(token.id), &look.answer.0);
                    let said = ProbeReport { life: look.life, sent, received: self.now() };
                    context.probes.note(token.id, probe, said);
                }
                Err(error) => {
                    self.note(context.attempt, Step::Probe, Some(token.id), &error.answer);
                    context.probes.silent.push(probe);
                    context.probes.note_probe_failure(&error);
                }
            }
        }
    }
}

impl TryContext<'_> {
    /// Takes over what counts as a proof of tokens of this kind: one is dead if every probe that
    /// has ever called it alive, and there is one, calls it dead. Where that is introspection
    /// alone, it has to say so twice, and only where nothing better is to be had: the partner has
    /// done what it was asked to in this try, and to use a refresh token has shown nothing.
    pub(super) fn believe(&mut self, kind: TokenKind, now: Timestamp) {
        let Self { holdings, probes, .. } = self;
        for token in holdings.set.living().filter(|token| token.kind == kind).cloned().collect::<Vec<_>>() {
            if probes.last(token.id, Probe::Introspection) == Some(Life::Alive) {
                // Whatever it had called it before.
                holdings.set.see(token.id, Probe::Introspection, Life::Alive, now);
            }
            match probes.proof_of(&token) {
                // Only what holds the token refuses it: once is enough.
                Some(Probe::Use) => holdings.set.see(token.id, Probe::Use, Life::Dead, now),
                Some(probe @ Probe::Introspection) if probes.may_rest_on_introspection(&token) => {
                    let said = probes.said(token.id, probe);
                    probes.awaits_second_report |=
                        !said.is_some_and(|ProbeReport { sent, received, .. }| {
                            holdings.set.report_dead(token.id, probe, sent, received)
                        });
                }
                Some(Probe::Introspection) | None => {}
            }
        }
    }
}
