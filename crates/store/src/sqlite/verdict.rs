//! How a changeset ends that the writer has applied.

use gangway_engine::{CommitError, Committed};

/// What a caller of `commit` is told.
pub(super) type Verdict = Result<Committed, CommitError>;

/// Why the transaction a changeset was applied in cannot be committed.
#[derive(Debug)]
pub(super) enum Spoiled {
    /// Something of it was written, and then something else was not as it expects: this is its verdict.
    Refused(Verdict),
    /// `SQLite` refused a statement.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Spoiled {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}
