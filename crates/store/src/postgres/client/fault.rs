use gangway_engine::StoreError;
use tokio_postgres::error::SqlState;

use crate::postgres::client::open_error::told;
use crate::render::Unrenderable;
use crate::rows::Senseless;

/// Why rows could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(in crate::postgres) enum Fault {
    #[error("{}", told(.0))]
    Sql(#[from] tokio_postgres::Error),
    /// No connection could be made.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// Every connection was somebody else's for too long.
    #[error("every connection to the database is in use")]
    Crowded,
    /// The database did not answer in time.
    #[error("the database did not answer in time")]
    Late,
    /// Everything is on its way to another database, or there.
    #[error("everything moves to another database, or has moved there; nothing is changed here any more")]
    Moved,
    /// The store was closed.
    #[error("closed")]
    Closed,
    #[error(transparent)]
    Senseless(#[from] Senseless),
    #[error(transparent)]
    Query(#[from] Unrenderable),
}

impl Fault {
    pub(in crate::postgres) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Sql(error) => error.code(),
            Self::Unreachable(_)
            | Self::Crowded
            | Self::Late
            | Self::Closed
            | Self::Moved
            | Self::Senseless(_)
            | Self::Query(_) => None,
        }
    }

    /// Whether it was refused for coming at the same time as something else, and may go better in a moment.
    pub(in crate::postgres) fn is_of_chance(&self) -> bool {
        let codes = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        self.code().is_some_and(|code| codes.contains(code))
    }

    /// Whether the server ended it because it took too long, or waited too long for somebody else.
    fn is_of_time(&self) -> bool {
        let codes = [SqlState::QUERY_CANCELED, SqlState::LOCK_NOT_AVAILABLE];
        self.code().is_some_and(|code| codes.contains(code))
    }

    /// Whether the connection cannot be used any more, or not for this store: it is broken or mute, its server is ending
    /// (57P01 to 57P05), or became one that only reads (25006), as a primary does that was taken over from.
    pub(in crate::postgres) fn is_of_connection(&self) -> bool {
        match self {
            Self::Late => true,
            Self::Sql(error) => match error.code() {
                Some(code) => {
                    let code = code.code();
                    code == "25006" || code.starts_with("57P0") || code.starts_with("08")
                }
                // What has no code was not said by the server, and what is closed has said nothing.
                None => true,
            },
            Self::Unreachable(_)
            | Self::Crowded
            | Self::Closed
            | Self::Moved
            | Self::Senseless(_)
            | Self::Query(_) => false,
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Crowded => Self::Busy,
            Fault::Sql(_) if fault.is_of_time() => Self::Busy,
            Fault::Sql(_)
            | Fault::Unreachable(_)
            | Fault::Late
            | Fault::Closed
            | Fault::Moved
            | Fault::Senseless(_)
            | Fault::Query(_) => Self::Unavailable(fault.to_string()),
        }
    }
}
