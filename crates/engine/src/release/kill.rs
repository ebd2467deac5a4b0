//! What is asked of the partner in one try, in which order.

use std::collections::HashSet;
use std::sync::Arc;

use gangway_domain::{
    Given, MissingKind, Obstacle, Origin, Release, Step, Timestamp, TokenId, TokenKind, Unread,
};

use super::context::TryContext;
use super::probe_log::ProbeLog;
use super::{Hindrance, Stop, Try, until};
use crate::credential::{AnswerContent, Code, Holdings, MAY_BE_UNDER_WAY, Owner, PartnerCall, Sealable as _};
use crate::{CallError, CallFailure, Connector, Engine, Error, Field, Secret, SecretChange, Store};

/// How often one try revokes what a refresh has given it, before it leaves the rest to the next.
const MOST_ROUNDS: u32 = 3;

const NO_CONNECTOR: &str = "the profile it was connected by is not in the configuration";

impl<S: Store> Engine<S> {
    /// Why it is not over, should it not be.
    pub(super) async fn kill(&self, attempt: &mut Try) -> Result<Hindrance, Stop> {
        let release = &attempt.release;
        let secret = self.store.release_secret(release.tenant, release.id).await.map_err(Error::from)?;
        let Some((field, sealed)) = secret else {
            return Ok(self.unprepared(attempt, "the credential is not there"));
        };
        let (vault, owner) = (&*self.ports.vault, Owner::of_release(release));
        match field {
            Field::Credential => match Holdings::open(vault, owner, &sealed) {
                Ok(mut holdings) => {
                    attempt.stored = Some(holdings.clone());
                    self.note_restore(&mut holdings).await?;
                    self.kill_holdings(attempt, holdings).await
                }
                Err(error) => Ok(self.unprepared(attempt, &error.to_string())),
            },
            Field::Code => match Code::open(vault, owner, &sealed) {
                Ok(code) => self.kill_code(attempt, &code).await,
                Err(error) => Ok(self.unprepared(attempt, &error.to_string())),
            },
            Field::Attempt | Field::Shared => Ok(self.unprepared(attempt, "what is kept is no credential")),
        }
    }

    fn connector_for(&self, release: &Release, snapshot: &Secret) -> Option<Arc<dyn Connector>> {
        self.ports.connectors.connector_of(release.connector, release.profile.as_ref(), snapshot)
    }

    /// A code of which nobody knows what came: redeemed once more, so that it is spent and what it
    /// gives can be revoked. What it gave the first time is missing, whatever it gives now.
    async fn kill_code(&self, attempt: &mut Try, code: &Code) -> Result<Hindrance, Stop> {
        let Some(connector) = self.connector_for(&attempt.release, &code.connector) else {
            return Ok(self.unprepared(attempt, NO_CONNECTOR));
        };
        // What comes late of the first time would else be taken for all there is.
        let again = Code { again: true, ..code.clone() };
        let sealed =
            again.seal(&*self.ports.vault, Owner::of_release(&attempt.release)).map_err(Error::from)?;
        self.keep_secret(attempt, SecretChange::Replace(Field::Code, sealed)).await?;
        let mut holdings = Holdings::empty(code.connector.clone());
        holdings.set.miss(MissingKind::CodeAnswer, attempt.release.asked.at);
        let to = PartnerCall::Redeem(None, code.text.clone());
        match connector.redeem(&code.text, &code.verifier).await {
            Ok(grant) => {
                self.note(attempt, Step::Redeem, None, &grant.answer.0);
                let given = self.named(grant, Origin::Code);
                holdings.receive(given.clone());
                self.keep_answer(attempt, holdings.clone(), (to, AnswerContent::Tokens(given))).await?;
                self.kill_holdings(attempt, holdings).await
            }
            Err(error) => self.code_not_redeemed(attempt, holdings, to, error).await,
        }
    }

    async fn code_not_redeemed(
        &self,
        attempt: &mut Try,
        mut holdings: Holdings,
        to: PartnerCall,
        error: CallError,
    ) -> Result<Hindrance, Stop> {
        self.note(attempt, Step::Redeem, None, &error.answer);
        match (error.kind, error.unread.clone()) {
            (_, Some(body)) => {
                let unread = Unread { at: self.now(), origin: Origin::Code, body };
                holdings.set.keep_unread(unread.clone());
                self.keep_answer(attempt, holdings, (to, AnswerContent::Unread(unread))).await?;
                Ok(Hindrance::new(Obstacle::UnreadAnswer))
            }
            (CallFailure::Refused, None) => {
                attempt.holdings = Some(holdings);
                Ok(Hindrance::new(Obstacle::NoProof))
            }
            (CallFailure::RefusesUs, None) => Ok(Hindrance::from_call(Obstacle::RefusesUs, &error)),
            (CallFailure::Rejected, None) => Ok(Hindrance::from_call(Obstacle::Ambiguous, &error)),
            (CallFailure::NotDone | CallFailure::Unclear, None) => {
                Ok(Hindrance::from_call(Obstacle::Unreachable, &error))
            }
        }
    }

    async fn kill_holdings(&self, attempt: &mut Try, mut holdings: Holdings) -> Result<Hindrance, Stop> {
        let Some(connector) = self.connector_for(&attempt.release, &holdings.connector) else {
            return Ok(self.unprepared(attempt, NO_CONNECTOR));
        };
        let now = self.now();
        if let Some(way) = holdings.under_way {
            let is_ours = self.refreshing.has(way.call) || self.has_parked(way.call);
            if (is_ours || self.store.is_shared()) && way.may_be_answered(now) {
                // What is under way here is known to be over when it is; of other nodes nobody
                // knows.
                let retry_after = (!is_ours).then(|| until(way.at.plus(MAY_BE_UNDER_WAY), now));
                return Ok(Hindrance { obstacle: Obstacle::UnderWay, retry_after });
            }
            self.abandon_refresh(&mut holdings);
        }
        holdings.set.read_again(|unread| self.read_again(&*connector, unread));
        holdings.set.expire(now);
        let live = match self.live_holdings(&super::as_partner(&attempt.release)).await {
            Err(Error::Vault(error)) => return Ok(self.unprepared(attempt, &error.to_string())),
            live => live?,
        };
        let spared = live.as_ref().map(|live| spared(&holdings, live)).unwrap_or_default();
        let probes = ProbeLog::default();
        let mut context = TryContext { attempt, connector: &*connector, holdings, spared, probes };
        let outcome = self.kill_all(&mut context).await;
        let waits_for_a_live_one =
            context.targets().is_empty() && context.holdings.set.living().next().is_some();
        let TryContext { attempt, holdings, probes, .. } = context;
        let nothing_proves = if waits_for_a_live_one {
            Hindrance::new(Obstacle::InUse)
        } else {
            probes.hindrance(&holdings, self.now())
        };
        attempt.holdings = Some(holdings);
        outcome.map(|()| nothing_proves)
    }

    /// Revokes and probes, and begins again where that has brought new tokens.
    async fn kill_all(&self, context: &mut TryContext<'_>) -> Result<(), Stop> {
        for round in 1..=MOST_ROUNDS {
            if context.targets().is_empty() {
                return Ok(());
            }
            context.probes.begin_round();
            self.probe_before(context).await?;
            let reached = self.revoke_all(context).await?;
            self.probe_after(context).await;
            context.believe(TokenKind::Access, self.now());
            // To use a token that lives brings another, and that would live until the next try.
            if round == MOST_ROUNDS || !context.probes.worth_a_use(reached) {
                break;
            }
            if !self.use_refresh_tokens(context).await? {
                break;
            }
        }
        context.believe(TokenKind::Refresh, self.now());
        Ok(())
    }

    fn read_again(&self, connector: &dyn Connector, unread: &Unread<Secret>) -> Option<Given<Secret>> {
        let grant = connector.read_again(&unread.body)?;
        let now: Timestamp = unread.at;
        Some(crate::credential::given(grant, unread.origin, now, || TokenId(self.time_ordered_uuid(now))))
    }
}

/// What the live connection has too.
fn spared(holdings: &Holdings, live: &Holdings) -> HashSet<TokenId> {
    let is_live = |text: &Secret| live.set.living().any(|token| token.secret == *text);
    holdings.set.living().filter(|token| is_live(&token.secret)).map(|token| token.id).collect()
}
