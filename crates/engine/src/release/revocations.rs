//! Every token that can still be used is revoked, not only the newest pair.

use gangway_domain::{Life, Probe, Step, Token, TokenKind, Witness};

use super::Stop;
use super::kill::Asking;
use crate::{CallFailure, CallResult, Engine, Revokes, Secret, Store};

/// Whether the partner answered the revocations.
type Reached = bool;

impl<S: Store> Engine<S> {
    pub(super) async fn revoke_all(&self, asking: &mut Asking<'_>) -> Result<Reached, Stop> {
        match asking.connector.revokes() {
            Revokes::EachToken => self.revoke_each(asking).await,
            Revokes::LiveAccessToken => self.revoke_live(asking).await,
            Revokes::Nothing => Ok(true),
        }
    }

    /// The refresh tokens first: with one of them the whole grant should go (RFC 7009, section 2.1), while without an access token it
    /// may well go on.
    async fn revoke_each(&self, asking: &mut Asking<'_>) -> Result<Reached, Stop> {
        let targets = asking.targets();
        let of = |kind| targets.iter().filter(move |token: &&Token<Secret>| token.kind == kind);
        let mut refresh: Vec<_> = of(TokenKind::Refresh).collect();
        let seeks_witness = asking.is_alone && needs_a_witness(asking);
        for token in &targets {
            asking.holdings.set.revoked(token.id);
        }
        if seeks_witness {
            // Whoever else is about to revoke any of these finds that this release has changed, or has changed it.
            self.keep_holdings(asking.attempt, asking.holdings.clone()).await?;
            // What bears witness best is the newest access token, so what came with it is revoked last.
            refresh.reverse();
        }
        let mut revoked = Vec::new();
        for token in refresh.into_iter().chain(of(TokenKind::Access)) {
            if !self.revoke_one(asking, token).await {
                return Ok(false);
            }
            if seeks_witness && token.kind == TokenKind::Refresh {
                let others = targets.iter().filter(|other| other.id != token.id);
                let others: Vec<_> = others.filter(|other| !came_with_any(other, &revoked)).collect();
                if self.ends_the_family(asking, token, &others).await {
                    return Ok(true);
                }
            }
            revoked.push(token);
        }
        Ok(true)
    }

    /// Whatever a partner says here is no proof; only where it could not be reached is there no use in going on.
    async fn revoke_one(&self, asking: &mut Asking<'_>, token: &Token<Secret>) -> Reached {
        let (step, revoked): (_, CallResult<_>) = match token.kind {
            TokenKind::Refresh => {
                (Step::RevokeRefreshToken, asking.connector.revoke_refresh_token(&token.secret).await)
            }
            TokenKind::Access => {
                (Step::RevokeAccessToken, asking.connector.revoke_access_token(&token.secret).await)
            }
        };
        match revoked {
            Ok(answer) => {
                self.note(asking.attempt, step, Some(token.id), &answer.0);
                true
            }
            Err(error) => {
                self.note(asking.attempt, step, Some(token.id), &error.answer);
                asking.looks.heard(&error);
                match error.kind {
                    CallFailure::Refused | CallFailure::RefusesUs | CallFailure::Rejected => true,
                    CallFailure::NotDone | CallFailure::Unclear => false,
                }
            }
        }
    }

    /// Where something is missing or cannot be proved, it is looked whether the partner ends a whole family: whether a token of another
    /// answer has died of the revocation of this one. `others` are as they were before anybody set out to revoke them here.
    async fn ends_the_family(
        &self,
        asking: &mut Asking<'_>,
        revoked: &Token<Secret>,
        others: &[&Token<Secret>],
    ) -> bool {
        for other in others {
            // What introspection says may be of a while ago.
            let Some(before) = asking.looks.said(other.id, Probe::Use) else { continue };
            if before.life != Life::Alive {
                continue;
            }
            self.look_at_one(asking, other).await;
            let after = asking.looks.said(other.id, Probe::Use).unwrap_or(before);
            // All that may lie between the two.
            let seen = ((before.life, before.asked), (after.life, after.heard));
            if let Some(witness) = Witness::of(revoked, other, seen) {
                asking.holdings.set.end_family(witness, self.now());
                return true;
            }
        }
        false
    }

    /// What is revoked is the token that comes with the call, so it has to be alive.
    async fn revoke_live(&self, asking: &mut Asking<'_>) -> Result<Reached, Stop> {
        let now = self.now();
        let good = |token: &Token<Secret>| {
            token.kind == TokenKind::Access && token.expires.is_none_or(|expires| expires > now)
        };
        if !asking.targets().iter().any(good) {
            let refresh = asking.targets().into_iter().find(|token| token.kind == TokenKind::Refresh);
            if let Some(token) = refresh {
                self.use_refresh_token(asking, &token).await?;
                // What it has given is to be seen alive before it is revoked.
                self.look_before(asking).await?;
            }
        }
        for token in asking.targets().iter().filter(|token| good(token)) {
            if !self.revoke_one(asking, token).await {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether it came in the answer of one of these: it may have died of their revocation, even if that was a while ago.
fn came_with_any(token: &Token<Secret>, revoked: &[&Token<Secret>]) -> bool {
    revoked.iter().any(|other| (other.origin, other.obtained) == (token.origin, token.obtained))
}

/// Whether there is something that only the end of the whole family can prove.
pub(super) fn needs_a_witness(asking: &Asking<'_>) -> bool {
    let set = &asking.holdings.set;
    let never_seen = |token: &Token<Secret>| {
        let seen = token.seen_alive;
        token.kind == TokenKind::Access && token.expires.is_none() && !seen.by_introspection && !seen.by_use
    };
    !set.missing().is_empty() || !set.unread().is_empty() || set.living().any(never_seen)
}
