//! Many changesets in one transaction, so that they share one `fsync`.

use gangway_engine::{CommitError, Committed, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::changeset::{Spoiled, Verdict, Write};
use super::commits::Commits;

/// What the writer is asked to do, and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<Verdict>,
}

#[derive(Debug)]
pub(super) enum Work {
    Commit(Box<Write>),
    /// Writes a page as it was, to see whether writing works.
    Probe,
}

#[derive(Debug)]
enum Failure {
    /// The transaction could not be begun or committed: whatever was in it, it would have failed.
    Store(StoreError),
    /// One member spoiled it.
    Member(Spoiled),
}

/// Does all of these jobs and answers each, after what it did is durable or is known not to be.
pub(super) fn settle(connection: &Connection, commits: &Commits, jobs: Vec<Job>) {
    let together = in_a_transaction(connection, commits, || {
        jobs.iter().map(|job| job.apply(connection)).collect::<Result<Vec<_>, _>>()
    });
    match together {
        Ok(verdicts) => jobs.into_iter().zip(verdicts).for_each(|(job, verdict)| job.is(verdict)),
        Err(Failure::Store(error)) => refuse(jobs, &error),
        Err(Failure::Member(_)) => each_alone(connection, commits, jobs),
    }
}

/// One of them spoiled the transaction, so each gets its own: the one fails, the others do not.
fn each_alone(connection: &Connection, commits: &Commits, jobs: Vec<Job>) {
    let mut jobs = jobs.into_iter();
    while let Some(job) = jobs.next() {
        match in_a_transaction(connection, commits, || job.apply(connection)) {
            Ok(verdict) => job.is(verdict),
            Err(Failure::Member(spoiled)) => job.is(verdict_on(&spoiled)),
            Err(Failure::Store(error)) => {
                // The others would wait for the same lock or disk, one after the other.
                job.is(Err(error.clone().into()));
                return refuse(jobs, &error);
            }
        }
    }
}

/// What this does is committed when it answers `Ok`, and undone when it does not.
fn in_a_transaction<T>(
    connection: &Connection,
    commits: &Commits,
    work: impl FnOnce() -> Result<T, Spoiled>,
) -> Result<T, Failure> {
    run(connection, "BEGIN IMMEDIATE").map_err(|error| Failure::Store(unavailable(&error)))?;
    let committed = work().map_err(Failure::Member).and_then(|done| {
        let ended = run(connection, "COMMIT");
        commits.one_more();
        ended.map_err(|error| Failure::Store(unavailable(&error)))?;
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

fn refuse(jobs: impl IntoIterator<Item = Job>, error: &StoreError) {
    jobs.into_iter().for_each(|job| job.is(Err(error.clone().into())));
}

fn verdict_on(spoiled: &Spoiled) -> Verdict {
    match spoiled {
        Spoiled::AuditIdInUse => Ok(Committed::Duplicate),
        Spoiled::Sql(error) => Err(CommitError::Store(unavailable(error))),
    }
}

fn unavailable(error: &rusqlite::Error) -> StoreError {
    tracing::warn!(%error, "nothing was committed");
    StoreError::Unavailable(error.to_string())
}

impl Job {
    /// Does nothing for nobody: whoever gave up waiting was told that it did not happen, and may ask again.
    fn apply(&self, connection: &Connection) -> Result<Verdict, Spoiled> {
        if self.answer.is_closed() {
            return Ok(Err(CommitError::Store(StoreError::Busy)));
        }
        self.work.apply(connection)
    }

    /// Whoever asked may have stopped waiting, and that is fine.
    fn is(self, verdict: Verdict) {
        let _ = self.answer.send(verdict);
    }
}

impl Work {
    fn apply(&self, connection: &Connection) -> Result<Verdict, Spoiled> {
        match self {
            Self::Commit(write) => write.apply(connection),
            Self::Probe => {
                let schema: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
                connection.pragma_update(None, "user_version", schema)?;
                Ok(Ok(Committed::Applied))
            }
        }
    }
}
