//! To use a refresh token shows whether it is dead; where it is not, the partner gives more tokens,
//! which have to die too.

use gangway_domain::{Life, MissingKind, Obstacle, Origin, Probe, Step, Token, TokenKind, TokenSet, Unread};

use super::context::TryContext;
use super::{Hindrance, Stop};
use crate::credential::{AnswerContent, PartnerCall, UnderWay};
use crate::engine::Refresh;
use crate::{CallError, CallFailure, Engine, Secret, Store};

/// While there are more tokens than this without a proof, none is used any more when one has
/// brought others.
const MOST_TOKENS: usize = 128;

impl<S: Store> Engine<S> {
    /// Uses each refresh token there is no proof for. Whether that has brought new tokens.
    pub(super) async fn use_refresh_tokens(&self, context: &mut TryContext<'_>) -> Result<bool, Stop> {
        let mut fresh = false;
        for token in context.targets().into_iter().filter(|token| token.kind == TokenKind::Refresh) {
            let reported = context.probes.last(token.id, Probe::Introspection);
            let count = context.holdings.set.living().count();
            let pushes = reported != Some(Life::Dead) && pushes_others_out(&context.holdings.set);
            if reported == Some(Life::Alive) || (fresh && count > MOST_TOKENS) || pushes {
                continue;
            }
            fresh |= self.use_refresh_token(context, &token).await?;
        }
        Ok(fresh)
    }

    /// Puts what the partner gives for it to the rest, stored before it is used. Whether it gave
    /// anything.
    pub(super) async fn use_refresh_token(
        &self,
        context: &mut TryContext<'_>,
        token: &Token<Secret>,
    ) -> Result<bool, Stop> {
        // Written down before it is asked: should the answer be lost, a token may live that nobody
        // has.
        let begun = self.refreshing.begin(self.time_ordered_uuid(self.now()));
        let call = begun.call;
        context.holdings.under_way = Some(UnderWay { call, token: token.id, at: self.now() });
        if let Err(stop) = self.keep_holdings(context.attempt, context.holdings.clone()).await {
            self.note_void_refresh(call);
            return Err(stop);
        }
        match context.connector.refresh(&token.secret).await {
            Ok(grant) => {
                self.note(context.attempt, Step::Refresh, Some(token.id), &grant.answer.0);
                if context.probes.last(token.id, Probe::Introspection) == Some(Life::Dead) {
                    context.probes.introspection_lies();
                }
                let given = self.named(grant, Origin::Refresh(token.id));
                context.holdings.under_way = None;
                context.holdings.receive(given.clone());
                let answer = (PartnerCall::Refresh(call), AnswerContent::Tokens(given));
                self.keep_answer(context.attempt, context.holdings.clone(), answer).await?;
                Ok(true)
            }
            Err(error) => self.not_used(context, begun, token, error).await.map(|()| false),
        }
    }

    async fn not_used(
        &self,
        context: &mut TryContext<'_>,
        begun: Refresh,
        token: &Token<Secret>,
        error: CallError,
    ) -> Result<(), Stop> {
        self.note(context.attempt, Step::Refresh, Some(token.id), &error.answer);
        context.probes.note_failure(&error);
        match error.kind {
            CallFailure::Refused => context.holdings.set.refuse(token.id, self.now()),
            CallFailure::RefusesUs => {}
            CallFailure::Rejected => {
                // It does not say what is wrong: then introspection's word stands.
                context.probes.ambiguous();
            }
            CallFailure::NotDone => {
                context.holdings.under_way = None;
                context.attempt.answered = Some(begun);
                return Err(Hindrance::from_call(Obstacle::Unreachable, &error).into());
            }
            CallFailure::Unclear => {
                if let Some(body) = error.unread.clone() {
                    let unread = Unread { at: self.now(), origin: Origin::Refresh(token.id), body };
                    context.holdings.answer_unread(unread.clone());
                    let answer = (PartnerCall::Refresh(begun.call), AnswerContent::Unread(unread));
                    self.keep_answer(context.attempt, context.holdings.clone(), answer).await?;
                } else {
                    context.holdings.lose_answer();
                }
                return Err(Hindrance::from_call(Obstacle::Unreachable, &error).into());
            }
        }
        context.holdings.under_way = None;
        context.attempt.answered = Some(begun);
        Ok(())
    }
}

/// Whether there is no room for more, and nothing had to be let go yet.
fn pushes_others_out(set: &TokenSet<Secret>) -> bool {
    let is_full = set.living().count() + 2 > TokenSet::<Secret>::MOST_LIVING;
    is_full && set.missing().iter().all(|missing| missing.what != MissingKind::LetGo)
}
