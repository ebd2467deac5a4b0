use std::path::Path;

use futures_util::FutureExt as _;
use rusqlite::Connection;

use crate::audit::key::AuditKey;
use crate::copy::{MoveError, Side, adoption};
use crate::sqlite::OpenError;

/// Has the audit of a database that nobody else has open authenticated by this key, if it is not.
pub(in crate::sqlite) fn of_file(
    connection: Connection,
    path: &Path,
    key: &AuditKey,
) -> Result<Connection, OpenError> {
    let side = Side::over(connection, path, key);
    // The embedded store waits for nothing that others do, so it is over when it was asked once.
    match adoption::adopt(&side).now_or_never() {
        Some(Ok(())) => {}
        Some(Err(MoveError::Sqlite(error))) => return Err(error),
        Some(Err(MoveError::UnprovenAudit { key, .. })) => {
            return Err(OpenError::UnprovenAudit { path: path.to_owned(), key });
        }
        Some(Err(error)) => {
            return Err(OpenError::Damaged { path: path.to_owned(), why: error.to_string() });
        }
        None => return Err(OpenError::Locked(path.to_owned())),
    }
    side.into_connection().ok_or_else(|| OpenError::Locked(path.to_owned()))
}
