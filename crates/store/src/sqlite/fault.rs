use gangway_engine::StoreError;
use rusqlite::ErrorCode;

use crate::render::Unrenderable;
use crate::rows::Senseless;

/// Why rows could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Senseless(#[from] Senseless),
    #[error(transparent)]
    Query(#[from] Unrenderable),
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                Self::TooSlow
            }
            Fault::Sql(_) | Fault::Senseless(_) | Fault::Query(_) => Self::Unavailable(fault.to_string()),
        }
    }
}

/// As many rows as asked for; more than `SQLite` can count is all of them.
pub(super) fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}
