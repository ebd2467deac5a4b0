//! Every token that can still be used is revoked, not only the newest pair.

use gangway_domain::{Step, Token, TokenKind};

use super::Stop;
use super::context::TryContext;
use crate::{CallFailure, CallResult, Engine, Revokes, Secret, Store};

/// Whether the partner answered the revocations.
type Reached = bool;

impl<S: Store> Engine<S> {
    pub(super) async fn revoke_all(&self, context: &mut TryContext<'_>) -> Result<Reached, Stop> {
        match context.connector.revokes() {
            Revokes::EachToken => self.revoke_each(context).await,
            Revokes::LiveAccessToken => self.revoke_live(context).await,
            Revokes::Nothing => Ok(true),
        }
    }

    /// The refresh tokens first: with one of them the whole grant should go (RFC 7009, section
    /// 2.1), while without an access token it may well go on.
    async fn revoke_each(&self, context: &mut TryContext<'_>) -> Result<Reached, Stop> {
        let targets = context.targets();
        let of = |kind| targets.iter().filter(move |token: &&Token<Secret>| token.kind == kind);
        for token in of(TokenKind::Refresh).chain(of(TokenKind::Access)) {
            if !self.revoke_one(context, token).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whatever a partner says here is no proof; only where it could not be reached is there no use
    /// in going on.
    async fn revoke_one(&self, context: &mut TryContext<'_>, token: &Token<Secret>) -> Reached {
        let (step, revoked): (_, CallResult<_>) = match token.kind {
            TokenKind::Refresh => {
                (Step::RevokeRefreshToken, context.connector.revoke_refresh_token(&token.secret).await)
            }
            TokenKind::Access => {
                (Step::RevokeAccessToken, context.connector.revoke_access_token(&token.secret).await)
            }
        };
        match revoked {
            Ok(answer) => {
                self.note(context.attempt, step, Some(token.id), &answer.0);
                true
            }
            Err(error) => {
                self.note(context.attempt, step, Some(token.id), &error.answer);
                context.probes.note_failure(&error);
                match error.kind {
                    CallFailure::Refused | CallFailure::RefusesUs | CallFailure::Rejected => true,
                    CallFailure::NotDone | CallFailure::Unclear => false,
                }
            }
        }
    }

    /// What is revoked is the token that comes with the call, so it has to be alive.
    async fn revoke_live(&self, context: &mut TryContext<'_>) -> Result<Reached, Stop> {
        let now = self.now();
        let good = |token: &Token<Secret>| {
            token.kind == TokenKind::Access && token.expires.is_none_or(|expires| expires > now)
        };
        if !context.targets().iter().any(good) {
            let refresh = context.targets().into_iter().find(|token| token.kind == TokenKind::Refresh);
            if let Some(token) = refresh {
                self.use_refresh_token(context, &token).await?;
                // What it has given is to be seen alive before it is revoked.
                self.probe_before(context).await?;
            }
        }
        for token in context.targets().iter().filter(|token| good(token)) {
            if !self.revoke_one(context, token).await {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
