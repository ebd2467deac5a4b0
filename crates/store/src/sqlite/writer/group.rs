//! Many changesets in one transaction, so that they share one `fsync`.
//!
//! The changesets of a group have nothing to do with each other, and one that is refused must not take the others with it.
//! Most refusals write nothing: such a member is answered, and the transaction goes on without it. But one whose effects turn
//! out wrong half way has written some of them, and SQLite can undo only the whole transaction (a savepoint for each member
//! would cost every good one). So the group is rolled back and split in halves, each of which gets a transaction of its own,
//! and so on until the one that spoiled it is alone. It is refused, and all others are applied. In a group of eight whose
//! third, `c`, spoils it:
//!
//! ```text
//! [a b c d e f g h]   rolled back
//! [a b c d]           rolled back     [e f g h] waits
//! [a b]               committed       a, b are answered
//! [c d]               rolled back
//! [c]                 rolled back     c is refused, with its own verdict
//! [d]                 committed       d is answered
//! [e f g h]           committed       e to h are answered
//! ```
//!
//! Two transactions for each halving, then, and not one for each member. The order of the members is kept. Nobody is answered
//! before what they asked for is durable, so a crash at any of these lines loses nothing that was answered.

use gangway_domain::Timestamp;
use gangway_engine::{CommitError, Committed, NodeId, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::changeset::Write;
use crate::audit::key::AuditKey;
use crate::sqlite::audit::chain_ends::Ends;
use crate::sqlite::readers::commit_count::Commits;
use crate::sqlite::rows::secret::reseal::Reseal;
use crate::sqlite::rows::{attempt, commit, lease};
use crate::sqlite::verdict::{Spoiled, Verdict};

/// What the writer is asked to do, and who waits for it.
#[derive(Debug)]
pub(in crate::sqlite) struct Job {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<JobResult>,
}

#[derive(Debug)]
pub(in crate::sqlite) enum Work {
    Commit(Box<Write>),
    Reseal(Box<Reseal>),
    ForgetAttempts {
        expired_before: Timestamp,
        at_most: usize,
    },
    ForgetCommits {
        made_before: Timestamp,
        at_most: usize,
    },
    TakeLeases(NodeId),
    /// Writes a page as it was, to see whether writing works.
    Probe,
}

/// What became of it.
pub(in crate::sqlite) type JobResult = Result<WriteOutcome, CommitError>;

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) struct WriteOutcome {
    pub(in crate::sqlite) committed: Committed,
    /// With how many rows, where that is asked.
    pub(in crate::sqlite) count: usize,
}

#[derive(Debug)]
enum GroupFailure {
    /// The transaction could not be begun: whatever was in it, it would have failed.
    Store(StoreError),
    /// It could not be committed, or so it was said. Its frames may be in the log and be found there after a crash.
    Unknown(String),
    /// One member spoiled it.
    Member(Spoiled),
}

/// Does all of these jobs and answers each, after what it did is durable, is known not to be, or cannot be known to be. Says
/// whether the log may have secrets now that are nowhere else: that were destroyed, or were in it before it was known that they
/// would not be committed.
///
/// When one of them spoils the transaction, each half gets its own, until the spoiler is alone: it fails, the others
/// do not, and a few of them in a large group cost a few transactions more and not one for each member.
pub(super) fn settle(connection: &Connection, commits: &Commits, key: &AuditKey, jobs: Vec<Job>) -> bool {
    let mut left_over = false;
    let mut groups = vec![jobs];
    while let Some(mut jobs) = groups.pop() {
        let answers = in_a_transaction(connection, commits, || {
            let mut ends = Ends::new(key);
            let answers = jobs.iter().map(|job| job.apply(connection, &mut ends));
            let answers = answers.collect::<Result<Vec<_>, _>>()?;
            ends.write(connection)?;
            Ok(answers)
        });
        match answers {
            Ok(answers) => {
                left_over |= jobs.iter().any(|job| job.work.destroys_secrets());
                jobs.into_iter().zip(answers).for_each(|(job, answer)| job.answer_with(answer));
            }
            Err(GroupFailure::Member(spoiled)) => {
                left_over |= jobs.iter().any(|job| job.work.has_effects());
                let rest = jobs.split_off(jobs.len().div_ceil(2));
                if !rest.is_empty() {
                    groups.extend([rest, jobs]);
                } else if let Some(spoiler) = jobs.pop() {
                    spoiler.answer_with(result_of_spoiler(&spoiled));
                }
            }
            Err(GroupFailure::Store(error)) => {
                left_over |= jobs.iter().any(|job| job.work.has_effects());
                // The others would wait for the same lock or disk, one after the other.
                refuse(jobs.into_iter().chain(groups.drain(..).flatten()), &error.into());
            }
            Err(GroupFailure::Unknown(why)) => {
                left_over |= jobs.iter().any(|job| job.work.has_effects());
                // The others were not begun again.
                refuse(groups.drain(..).flatten(), &StoreError::Unavailable(why.clone()).into());
                refuse(jobs, &CommitError::Unknown(why));
            }
        }
    }
    left_over
}

/// What this does is committed when it answers `Ok`, and undone when it does not, unless that is not known.
fn in_a_transaction<T>(
    connection: &Connection,
    commits: &Commits,
    work: impl FnOnce() -> Result<T, Spoiled>,
) -> Result<T, GroupFailure> {
    run(connection, "BEGIN IMMEDIATE").map_err(|error| GroupFailure::Store(unavailable(&error)))?;
    let committed = work().map_err(GroupFailure::Member).and_then(|done| {
        let ended = run(connection, "COMMIT");
        commits.one_more();
        ended.map_err(|error| {
            tracing::warn!(%error, "nobody knows whether a group of changes was committed");
            GroupFailure::Unknown(error.to_string())
        })?;
        Ok(done)
    });
    if committed.is_err() {
        roll_back(connection);
    }
    committed
}

/// `SQLite` may have rolled back by itself, for example when the disk was full.
fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = run(connection, "ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn refuse(jobs: impl IntoIterator<Item = Job>, error: &CommitError) {
    jobs.into_iter().for_each(|job| job.answer_with(Err(error.clone())));
}

fn result_of_spoiler(spoiled: &Spoiled) -> JobResult {
    match spoiled {
        Spoiled::Refused(verdict) => WriteOutcome::from_verdict(verdict.clone()),
        Spoiled::Sql(error) => Err(CommitError::Store(unavailable(error))),
    }
}

fn unavailable(error: &rusqlite::Error) -> StoreError {
    tracing::warn!(%error, "nothing was committed");
    StoreError::Unavailable(error.to_string())
}

impl WriteOutcome {
    const fn with(count: usize) -> Self {
        Self { committed: Committed::Applied, count }
    }

    fn from_verdict(verdict: Verdict) -> JobResult {
        verdict.map(|committed| Self { committed, count: 0 })
    }
}

impl Job {
    /// Does nothing for nobody: whoever gave up waiting was told that it did not happen, and may ask again.
    fn apply(&self, connection: &Connection, ends: &mut Ends<'_>) -> Result<JobResult, Spoiled> {
        if self.answer.is_closed() {
            return Ok(Err(CommitError::Store(StoreError::Busy)));
        }
        self.work.apply(connection, ends)
    }

    /// Whoever asked may have stopped waiting, and that is fine.
    fn answer_with(self, answer: JobResult) {
        let _ = self.answer.send(answer);
    }
}

impl Work {
    fn apply(&self, connection: &Connection, ends: &mut Ends<'_>) -> Result<JobResult, Spoiled> {
        let count = match self {
            Self::Commit(write) => return write.apply(connection, ends).map(WriteOutcome::from_verdict),
            Self::Reseal(reseal) => usize::from(reseal.apply(connection)?),
            Self::ForgetAttempts { expired_before, at_most } => {
                attempt::forget(connection, *expired_before, *at_most)?
            }
            Self::ForgetCommits { made_before, at_most } => {
                commit::forget(connection, *made_before, *at_most)?
            }
            Self::TakeLeases(node) => lease::take(connection, *node)?,
            Self::Probe => {
                let schema: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
                connection.pragma_update(None, "user_version", schema)?;
                0
            }
        };
        Ok(Ok(WriteOutcome::with(count)))
    }

    fn has_effects(&self) -> bool {
        matches!(self, Self::Commit(write) if write.has_effects())
    }

    fn destroys_secrets(&self) -> bool {
        match self {
            Self::Commit(write) => write.destroys_secrets(),
            Self::Reseal(_) => true,
            Self::ForgetAttempts { .. } | Self::ForgetCommits { .. } | Self::TakeLeases(_) | Self::Probe => {
                false
            }
        }
    }
}
