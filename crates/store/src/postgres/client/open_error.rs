use std::io::ErrorKind::InvalidData;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::audit::key::unproven_audit;
use crate::copy::{half_a_copy, moved};

/// Why a database cannot be used. Each message names host and database, never the password, and what can be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The URL is none.
    #[error(
        "the URL of the database {0}; write it as postgres://user:password@host:port/database?sslmode=verify-full"
    )]
    Url(String),
    /// The certificates to believe the server by cannot be used.
    #[error("'{place}': {why}")]
    Tls {
        /// The database.
        place: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// It cannot be reached.
    #[error("'{place}': cannot be reached ({why}); start it, or correct the URL")]
    Unreachable {
        /// The database.
        place: String,
        /// What was seen.
        why: String,
    },
    /// It does not let this user in.
    #[error(
        "'{place}': the server refuses the user ({why}); correct user and password in the URL, or its pg_hba.conf"
    )]
    Refused {
        /// The database.
        place: String,
        /// What the server says.
        why: String,
    },
    /// There is no such database.
    #[error(
        "'{0}': there is no such database; CREATE DATABASE … ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
    )]
    NoDatabase(String),
    /// Its texts are not Unicode, or not in the order of code points.
    #[error(
        "'{place}': {why}; make it anew with CREATE DATABASE … ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
    )]
    Texts {
        /// The database.
        place: String,
        /// How its texts are.
        why: String,
    },
    /// A newer Gangway has changed it so that this one cannot use it.
    #[error(
        "'{place}': has schema {found}, which no Gangway older than schema {works_with} can use, and this one knows \
        {known}; use a newer Gangway"
    )]
    Newer {
        /// The database.
        place: String,
        /// The schema it has.
        found: i32,
        /// What a program has to know to work with it.
        works_with: i32,
        /// The newest schema this program knows.
        known: i32,
    },
    /// Its schema is older than this program's, and it was not asked to change it.
    #[error("'{place}': has schema {found}, and this Gangway needs {needed}; run `gangway db migrate`")]
    Older {
        /// The database.
        place: String,
        /// The schema it has; 0 if it has none.
        found: i32,
        /// The schema of this program.
        needed: i32,
    },
    /// Its audit is not proven by the key it is opened with.
    #[error("'{place}': {}", unproven_audit(key))]
    UnprovenAudit {
        /// The database.
        place: String,
        /// The id of the key.
        key: String,
    },
    /// What was asked when it was opened was not answered, or not as it should be.
    #[error("{0}")]
    Unread(String),
    /// Everything in it has moved to another database.
    #[error("'{place}': {}", moved(to))]
    Moved {
        /// The database.
        place: String,
        /// Where it went.
        to: String,
    },
    /// It is being filled from another database.
    #[error("'{place}': {}", half_a_copy(from))]
    HalfACopy {
        /// The database.
        place: String,
        /// What it gets.
        from: String,
    },
    /// A step of bringing the schema up to date failed. What it had done of it stays, and is found done the next time.
    #[error("'{place}': schema {number} could not be set up: {why}")]
    Migration {
        /// The database.
        place: String,
        /// Which step.
        number: i32,
        /// What the server says.
        why: String,
    },
    /// The server refused something else.
    #[error("'{place}': {why}")]
    Sql {
        /// The database.
        place: String,
        /// What the server says.
        why: String,
    },
}

impl PostgresError {
    pub(in crate::postgres) fn from_sql(place: &str, error: &Error) -> Self {
        let (place, why) = (place.to_owned(), told(error));
        match error.code() {
            Some(code) if is_away(code) => Self::Unreachable { place, why },
            Some(code) if *code == SqlState::INVALID_CATALOG_NAME => Self::NoDatabase(place),
            Some(code) if code.code().starts_with("28") => Self::Refused { place, why },
            None if !is_answer(error) => Self::Unreachable { place, why },
            None | Some(_) => Self::Sql { place, why },
        }
    }

    /// Whether nothing was found out but that the database does not answer now: it may do so in a moment, and then be as it
    /// should.
    pub(crate) const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// What a server says that starts or stops (57P01 to 57P05), has no connection to spare (53300), or lost the connection (08).
/// Source: PostgreSQL's documentation, appendix A.
fn is_away(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("57P0") || code.starts_with("08") || code == "53300"
}

/// Whether somebody answered, and what they said was not to be accepted: a certificate, a way to log in, or no words of the
/// protocol at all. Connections that were refused, lost or not made in time are faults of input and output, or closed.
fn is_answer(error: &Error) -> bool {
    let mut cause = std::error::Error::source(error);
    let is_told = cause.is_some();
    let mut is_loss = false;
    while let Some(next) = cause {
        is_loss |= next.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() != InvalidData);
        cause = next.source();
    }
    is_told && !is_loss
}

/// What went wrong, with its causes: the library's own words for most are no more than "db error".
pub(in crate::postgres) fn told(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        return format!("{} ({})", said.message(), said.code().code());
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
