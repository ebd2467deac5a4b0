use gangway_engine::{Changeset, CommitError, Committed, StoreError};

use super::PostgresStore;

pub(super) async fn commit(_: &PostgresStore, _: Changeset) -> Result<Committed, CommitError> {
    Err(StoreError::Unavailable("nothing can be committed to PostgreSQL yet".into()).into())
}
