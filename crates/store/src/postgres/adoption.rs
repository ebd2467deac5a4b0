use super::{PostgresError, PostgresOptions};
use crate::audit::key::AuditKey;
use crate::copy::{Database, MoveError, Side, adoption};

/// Has the audit of a database authenticated by this key, if it is not. Any number of nodes may do so at once.
pub(super) async fn of_database(options: &PostgresOptions, key: &AuditKey) -> Result<(), PostgresError> {
    let database = Database::Postgres(options.clone(), key.clone());
    let side = Side::beside(&database).await.map_err(told)?;
    adoption::adopt(&side).await.map_err(told)
}

fn told(error: MoveError) -> PostgresError {
    if let MoveError::Postgres(error) = error {
        return error;
    }
    if let MoveError::UnprovenAudit { place, key } = error {
        return PostgresError::UnprovenAudit { place, key };
    }
    PostgresError::Unread(error.to_string())
}
