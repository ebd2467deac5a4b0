//! How a changeset is committed: as a few statements that are sent in one go, with `BEGIN` before and `COMMIT` behind them. They
//! are one transaction and one round trip, nothing is held while anybody waits for anything, and everything a changeset expects is a
//! condition in the statement that does it. So no statement's answer is needed to send the next: one that does not find what it
//! should divides by zero, the database does none of the rest, and takes `COMMIT` for `ROLLBACK`.
//!
//! This is what is sent when a partner is disconnected that holds a credential. `s1` and `s2` of the first are the end of the
//! tenant's chain and the partner's row; the release takes the secret from the credential, which is then deleted if it is the
//! same still.
//!
//! ```sql
//! BEGIN;
//! WITH s1 AS (UPDATE audit_heads SET seq = $3, hash = $4, mac = $5 WHERE part = $1 AND tenant = $2 AND
//!     seq = $6 AND hash = $7 AND mac = $8 RETURNING part),
//!     s2 AS (UPDATE partners SET display_name = $9, onboarding_url = $10, connector = $11, profile
//!     = $12, status = $13, attempt = $14, attempt_expires = $15, last_connection = $16, generation
//!     = $17, version = $18 WHERE part = $1 AND tenant = $2 AND id = $19 AND version = $20
//!     RETURNING part)
//!     SELECT 1 / CASE WHEN NOT EXISTS (SELECT 1 FROM moving WHERE direction = 'to') AND EXISTS
//!     (SELECT 1 FROM s1) AND EXISTS (SELECT 1 FROM s2) THEN 1 ELSE 0 END;
//! INSERT INTO releases (part, tenant, id, partner, partner_name, generation, connector, profile,
//!     account_id, account_name, asked_actor, asked_correlation, asked_activity, asked_at, state,
//!     next_try, outcome, tries, calls, version, tokens, obstacle, secret_field, sealed)
//!     SELECT part, tenant, $3, partner, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
//!     $17, $18, $19, $20, $21, $22, sealed FROM credentials WHERE part = $1 AND tenant = $2 AND
//!     partner = $23 AND id = $24;
//! WITH s1 AS (DELETE FROM credentials WHERE part = $1 AND tenant = $2 AND partner = $3 AND id = $4 AND
//!     sealed = (SELECT sealed FROM releases WHERE part = $1 AND tenant = $2 AND id = $5) RETURNING
//!     part),
//!     s2 AS (SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM commits WHERE part = $1 AND tenant =
//!     $2 AND id = $6))
//!     SELECT 1 / CASE WHEN NOT EXISTS (SELECT 1 FROM moving WHERE direction = 'to') AND EXISTS
//!     (SELECT 1 FROM s1) AND EXISTS (SELECT 1 FROM s2) THEN 1 ELSE 0 END;
//! INSERT INTO audit_events (part, tenant, id, at, activity, operation, result, correlation, actor,
//!     partner, partner_name, generation, changes, seq, hash, actor_kind, user_principal_name, user_id,
//!     application_id, application_name)
//!     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
//!     $19, $20);
//! COMMIT;
//! ```

mod backoff;
mod builder;
mod chain_heads;
mod failure;
mod plan;
mod read_state;
mod request;
mod run;
mod steps;
mod told;

use gangway_engine::{Changeset, CommitError, Committed, StoreError};
use tokio::time::Instant;

use super::{PostgresStore, ends};
use crate::audit::chain::End;
use crate::postgres::client::fault::Fault;
use crate::postgres::client::pool::in_time;
use backoff::Backoff;
pub(super) use chain_heads::ChainHeads;
use chain_heads::HeadTurn;
use failure::Failure;
use plan::{Link, Start};
use request::CommitRequest;
pub use told::{ToldStatement, told_statements};

/// Why one try did not commit a changeset.
enum Halt {
    /// It never will.
    Ends(CommitError),
    Failed(Failure, Fault),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Ends(error.into())
    }
}

impl Halt {
    /// Nothing that could change anything had been sent.
    fn before_all(fault: Fault) -> Self {
        Self::Failed(Failure::before_all(&fault), fault)
    }
}

/// All of it or nothing, in the time that whoever asks has.
///
/// What gets in the way is tried again, and so is what nobody answered: by its id can be told whether it was committed. While
/// nobody has told, it is neither refused nor stale but unknown.
///
/// An example: the connection breaks after the statements were sent. Nobody knows whether they were done, so the try ends as
/// [`Failure::Unknown`] and `in_doubt` is true from then on. The next try reads the state first. If the changeset's id is there,
/// the first try was done: what is reported as a duplicate is answered as applied. If it is not there, the version says whether the
/// changeset still fits, and it is sent again. Should the first try be done only now, the second finds its id taken, and reads
/// again. If time runs out while `in_doubt`, the answer is [`CommitError::Unknown`], and the engine sends the same changeset later.
pub(super) async fn commit(store: &PostgresStore, change: Changeset) -> Result<Committed, CommitError> {
    let work = CommitRequest::new(change)?;
    let mut backoff = Backoff::until(ends(store.options.commit_lasts));
    let until = backoff.until;
    let mut turn = match &work.event {
        Some(_) => Some(store.heads.turn(work.tenant(), until).await.map_err(StoreError::from)?),
        None => None,
    };
    let mut in_doubt = false;
    loop {
        let (failure, fault) = match store.try_to_commit(&work, turn.as_mut(), in_doubt, until).await {
            // What is a duplicate after an answer was lost is what was sent then.
            Ok(Committed::Duplicate) if in_doubt => return Ok(Committed::Applied),
            Ok(committed) => return Ok(committed),
            Err(Halt::Ends(error)) => return Err(error),
            Err(Halt::Failed(failure, fault)) => (failure, fault),
        };
        in_doubt |= failure == Failure::Unknown;
        let again = matches!(failure, Failure::Again | Failure::Unknown);
        if !(again && backoff.pause().await) {
            if in_doubt {
                store.points.counts().unknown_commit();
                return Err(CommitError::Unknown(fault.to_string()));
            }
            return Err(given_up(failure, &fault).into());
        }
        store.points.counts().retried(&fault);
        tracing::debug!(%fault, in_doubt, "a changeset is tried again");
    }
}

/// Nothing about the database's state is worth a try any more, or there is no time for one.
fn given_up(failure: Failure, fault: &Fault) -> StoreError {
    let busy = match failure {
        Failure::Held | Failure::Refused => true,
        // A primary that was taken over from is not busy, nor is what cannot be reached.
        Failure::Again => fault.code().is_some() && !fault.is_of_connection(),
        Failure::Unknown | Failure::Useless => false,
    };
    if busy { StoreError::Busy } else { StoreError::Unavailable(fault.to_string()) }
}

impl PostgresStore {
    async fn try_to_commit(
        &self,
        work: &CommitRequest,
        turn: Option<&mut HeadTurn<'_>>,
        in_doubt: bool,
        until: Instant,
    ) -> Result<Committed, Halt> {
        let (Some(turn), Some(row)) = (turn, &work.event) else {
            return self.commit_silently(work, in_doubt, until).await;
        };
        let mut first = None;
        let start = if let Some(end) = turn.take() {
            Start { end, others: None }
        } else {
            // What cannot be stored is refused as such, however things stand.
            plan::statements(work, None)?;
            let mut seen = self.look(work, until).await.map_err(Halt::before_all)?;
            if seen.end() == End::START {
                let (turn, waited) =
                    self.heads.first(work.tenant().part().0, until).await.map_err(Halt::before_all)?;
                first = Some(turn);
                if waited {
                    seen = self.look(work, until).await.map_err(Halt::before_all)?;
                }
            }
            if let Some(verdict) = seen.verdict(work.expected()?) {
                turn.remember(seen.end());
                return verdict.map_err(Halt::Ends);
            }
            seen.believed(work.tenant())?
        };
        let link = Link::new(&self.key, work.tenant(), &start, &row.digest);
        let sent = self.send(work, Some(&link), until).await;
        drop(first);
        match sent {
            Ok(()) => {
                turn.remember(link.to);
                Ok(Committed::Applied)
            }
            Err(Halt::Failed(Failure::Refused, fault)) => {
                self.why_refused(work, turn, start, fault, until).await
            }
            Err(halt) => Err(halt),
        }
    }

    /// Why statements were refused that were to add to a chain which ended there.
    async fn why_refused(
        &self,
        work: &CommitRequest,
        turn: &mut HeadTurn<'_>,
        from: Start,
        fault: Fault,
        until: Instant,
    ) -> Result<Committed, Halt> {
        let seen = self.look(work, until).await.map_err(Halt::before_all)?;
        turn.remember(seen.end());
        match seen.verdict(work.expected()?) {
            Some(verdict) => verdict.map_err(Halt::Ends),
            // It was the chain, to which another node has added meanwhile; or the roster, to which it has. There may be more to it.
            None if seen.believed(work.tenant())? != from => Err(Halt::Failed(Failure::Again, fault)),
            None => Err(Halt::Ends(CommitError::Stale)),
        }
    }

    /// Commits what has no event, and so no part in a chain. If it may have been committed already, that is looked at first.
    async fn commit_silently(
        &self,
        work: &CommitRequest,
        in_doubt: bool,
        until: Instant,
    ) -> Result<Committed, Halt> {
        if in_doubt {
            let seen = self.look(work, until).await.map_err(Halt::before_all)?;
            if let Some(verdict) = seen.verdict(work.expected()?) {
                return verdict.map_err(Halt::Ends);
            }
        }
        match self.send(work, None, until).await {
            Ok(()) => Ok(Committed::Applied),
            Err(Halt::Failed(Failure::Refused, _)) => {
                let seen = self.look(work, until).await.map_err(Halt::before_all)?;
                if let Some(verdict) = seen.verdict(work.expected()?) {
                    return verdict.map_err(Halt::Ends);
                }
                Err(Halt::Ends(CommitError::Stale))
            }
            Err(halt) => Err(halt),
        }
    }

    /// Sends the statements, and waits until they are done.
    async fn send(&self, work: &CommitRequest, link: Option<&Link>, until: Instant) -> Result<(), Halt> {
        let statements = plan::statements(work, link)?;
        let connection = self.points.lend(until).await.map_err(Halt::before_all)?;
        let prepared = match in_time(until, run::prepare(&connection, &statements)).await {
            Ok(prepared) => prepared,
            Err(fault) => {
                let outcome: Result<(), _> = Err(fault);
                connection.settle(&outcome);
                return outcome.map_err(Halt::before_all);
            }
        };
        let outcome = in_time(until, run::run(&connection, &prepared)).await;
        connection.settle(&outcome);
        outcome.map_err(|fault| Halt::Failed(Failure::of(&fault), fault))
    }
}
