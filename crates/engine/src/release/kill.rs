//! What is asked of the partner in one try, in which order.

use std::sync::Arc;

use gangway_domain::{Ending, Proof, Release, Step};

use super::{NOT_YET, Stop, Try, not_yet, owner, until};
use crate::credential::{Code, Sealable as _, Tokens};
use crate::{
    Answer, CallFailure, CallResult, Connector, Engine, Error, Field, Life, Liveness, Revokes, Secret, Store,
};

/// How often one try revokes what a refresh has given it, before it leaves the rest to the next.
const MOST_ROUNDS: u32 = 3;

const NO_CONNECTOR: &str = "the profile it was connected by is not in the configuration";

impl<S: Store> Engine<S> {
    pub(super) async fn kill(&self, attempt: &mut Try) -> Result<Ending, Stop> {
        let release = &attempt.release;
        let secret = self.store.release_secret(release.tenant, release.id).await.map_err(Error::from)?;
        let Some((field, sealed)) = secret else {
            return Ok(self.unprepared(attempt, "the credential is not there"));
        };
        let (vault, owner) = (&*self.ports.vault, owner(release));
        let (tokens, connector) = match field {
            Field::Credential => match Tokens::open(vault, owner, &sealed) {
                Ok(tokens) => {
                    let connector = self.connector_for(release, &tokens.connector);
                    (tokens, connector)
                }
                Err(error) => return Ok(self.unprepared(attempt, &error.to_string())),
            },
            Field::Code => match Code::open(vault, owner, &sealed) {
                Ok(code) => return self.kill_code(attempt, &code).await,
                Err(error) => return Ok(self.unprepared(attempt, &error.to_string())),
            },
            Field::Attempt | Field::Shared => {
                return Ok(self.unprepared(attempt, "what is kept is no credential"));
            }
        };
        match connector {
            Some(connector) => self.kill_tokens(attempt, &*connector, tokens).await,
            None => Ok(self.unprepared(attempt, NO_CONNECTOR)),
        }
    }

    fn connector_for(&self, release: &Release, snapshot: &Secret) -> Option<Arc<dyn Connector>> {
        self.ports.connectors.connector_of(release.connector, release.profile.as_ref(), snapshot)
    }

    /// A code of which nobody knows what came: redeemed now, so that it is spent and what it gives can be revoked.
    async fn kill_code(&self, attempt: &mut Try, code: &Code) -> Result<Ending, Stop> {
        let Some(connector) = self.connector_for(&attempt.release, &code.connector) else {
            return Ok(self.unprepared(attempt, NO_CONNECTOR));
        };
        match connector.redeem(&code.text, &code.verifier).await {
            Ok(grant) => {
                self.note(attempt, Step::Redeem, &grant.answer.0);
                let mut tokens = Tokens::granted(grant, code.connector.clone(), self.now());
                self.keep_fresh(attempt, &*connector, &tokens).await?;
                if let Ok(seen) = connector.probe(&tokens.access_token, tokens.refresh_token.as_ref()).await {
                    tokens.seen_alive.note(&seen);
                    self.keep_known(attempt, &tokens).await?;
                }
                self.kill_tokens(attempt, &*connector, tokens).await
            }
            Err(error) => {
                self.note(attempt, Step::Redeem, &error.answer);
                if error.kind == CallFailure::Refused {
                    Ok(Ending::Dead(vec![Proof::CodeRefused, Proof::AnswerLost]))
                } else {
                    Ok(not_yet(&error))
                }
            }
        }
    }

    async fn kill_tokens(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        mut tokens: Tokens,
    ) -> Result<Ending, Stop> {
        for round in 1..=MOST_ROUNDS {
            match connector.revokes() {
                Revokes::EachToken => self.revoke_each(attempt, connector, &tokens).await?,
                Revokes::LiveAccessToken => self.revoke_live(attempt, connector, &mut tokens).await?,
                Revokes::Nothing => {}
            }
            // Looking takes a fresh token where the grant lives, and that would live until the next try.
            if round == MOST_ROUNDS {
                break;
            }
            let probed = connector.probe(&tokens.access_token, tokens.refresh_token.as_ref()).await;
            let seen = self.noted(attempt, Step::Probe, probed, |seen: &Liveness| &seen.answer.0)?;
            let (access_token, refresh_token) = tokens.believed(&seen);
            let refresh_proof = match (&tokens.refresh_token, refresh_token) {
                (None, _) => Proof::NoRefreshToken,
                (Some(_), Life::Dead(proof)) => proof,
                (Some(_), Life::Alive) => return Ok(NOT_YET),
                (Some(_), Life::Unknown) => match self.refresh(attempt, connector, &mut tokens).await? {
                    Refreshed::Refused => Proof::RefreshTokenRefused,
                    // It was alive, and so is what it has given now.
                    Refreshed::Fresh => continue,
                },
            };
            return Ok(self.ending(&tokens, access_token, refresh_proof));
        }
        Ok(NOT_YET)
    }

    fn ending(&self, tokens: &Tokens, access_token: Life, refresh_proof: Proof) -> Ending {
        let now = self.now();
        let access_proof = match access_token {
            Life::Dead(proof) => proof,
            Life::Alive => return NOT_YET,
            Life::Unknown if tokens.expired(now) => Proof::AccessTokenExpired,
            Life::Unknown => {
                return Ending::NotYet { retry_after: tokens.expires.map(|expires| until(expires, now)) };
            }
        };
        let lost = tokens.unanswered.then_some(Proof::AnswerLost);
        Ending::Dead([refresh_proof, access_proof].into_iter().chain(lost).collect())
    }

    /// The refresh token first: with it the whole grant should go (RFC 7009, section 2.1), while without the access
    /// token it may well go on.
    async fn revoke_each(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        tokens: &Tokens,
    ) -> Result<(), Stop> {
        if let Some(token) = &tokens.refresh_token {
            let revoked = connector.revoke_refresh_token(token).await;
            self.revoked(attempt, Step::RevokeRefreshToken, revoked)?;
        }
        let revoked = connector.revoke_access_token(&tokens.access_token).await;
        self.revoked(attempt, Step::RevokeAccessToken, revoked)
    }

    /// What is revoked is the token that comes with the call, so it has to be alive.
    async fn revoke_live(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        tokens: &mut Tokens,
    ) -> Result<(), Stop> {
        if tokens.expired(self.now()) && tokens.refresh_token.is_some() {
            self.refresh(attempt, connector, tokens).await?;
        }
        let revoked = connector.revoke_access_token(&tokens.access_token).await;
        self.revoked(attempt, Step::RevokeAccessToken, revoked)
    }

    /// Whatever a partner says here is no proof; only where it could not be reached is there no use in going on.
    fn revoked(&self, attempt: &mut Try, step: Step, answer: CallResult<Answer>) -> Result<(), Stop> {
        match answer {
            Ok(answer) => self.note(attempt, step, &answer.0),
            Err(error) => {
                self.note(attempt, step, &error.answer);
                if error.kind == CallFailure::Unclear {
                    return Err(Stop::Ended(not_yet(&error)));
                }
            }
        }
        Ok(())
    }

    /// Puts fresh tokens in the place of these, stored before they are used.
    async fn refresh(
        &self,
        attempt: &mut Try,
        connector: &dyn Connector,
        tokens: &mut Tokens,
    ) -> Result<Refreshed, Stop> {
        let Some(token) = tokens.refresh_token.clone() else { return Ok(Refreshed::Refused) };
        let answered_before = !tokens.unanswered;
        // Written down before it is asked: should the answer be lost, a token may live that nobody has.
        tokens.unanswered = true;
        self.keep_known(attempt, tokens).await?;
        match connector.refresh(&token).await {
            Ok(grant) => {
                self.note(attempt, Step::Refresh, &grant.answer.0);
                *tokens = tokens.refreshed(grant, self.now());
                tokens.unanswered = !answered_before;
                self.keep_fresh(attempt, connector, tokens).await?;
                Ok(Refreshed::Fresh)
            }
            Err(error) => {
                self.note(attempt, Step::Refresh, &error.answer);
                if error.kind == CallFailure::Unclear {
                    return Err(Stop::Ended(not_yet(&error)));
                }
                tokens.unanswered = !answered_before;
                self.keep_known(attempt, tokens).await?;
                match error.kind {
                    CallFailure::Refused => Ok(Refreshed::Refused),
                    CallFailure::Rejected | CallFailure::Unclear => Err(Stop::Ended(not_yet(&error))),
                }
            }
        }
    }
}

/// What a refresh has come to.
enum Refreshed {
    /// The tokens are fresh ones now.
    Fresh,
    /// The partner gives none for this refresh token.
    Refused,
}
