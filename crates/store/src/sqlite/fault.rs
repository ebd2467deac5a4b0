use gangway_domain::Timestamp;
use gangway_engine::StoreError;
use rusqlite::ErrorCode;

use crate::render::Unrenderable;

/// Why rows could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A row holds what no version of this program writes.
    #[error("a stored {0} makes no sense")]
    Senseless(&'static str),
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

pub(super) fn unsigned(number: i64, what: &'static str) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Senseless(what))
}

pub(super) fn time(ticks: i64, what: &'static str) -> Result<Timestamp, Fault> {
    Timestamp::from_ticks(ticks).ok_or(Fault::Senseless(what))
}

/// As many rows as asked for; more than `SQLite` can count is all of them.
pub(super) fn limit(at_most: usize) -> i64 {
    i64::try_from(at_most).unwrap_or(i64::MAX)
}
