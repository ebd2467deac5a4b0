use gangway_engine::{Changeset, CommitError, Committed, StoreError};
use rusqlite::Connection;

use super::audit_rows::AuditWrite;
use super::fault;
use super::partner_rows::PartnerWrite;

/// What a caller of `commit` is told.
pub(super) type Verdict = Result<Committed, CommitError>;

/// A changeset as the writer takes it: everything that can be computed or refused without the database was,
/// on the caller's thread, because the writer is the one thing all changesets wait for.
#[derive(Debug)]
pub(super) struct Write {
    partner: PartnerWrite,
    audit: AuditWrite,
}

/// Why the transaction a changeset was applied in cannot be committed.
#[derive(Debug)]
pub(super) enum Spoiled {
    /// Its partner was written, and then its audit event was there before.
    AuditIdInUse,
    /// `SQLite` refused a statement.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Spoiled {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Write {
    pub(super) fn new(change: Changeset) -> Result<Self, StoreError> {
        let Some(audit) = change.audit else { return Err(fault::unstorable("not yet")) };
        let (audited, named) = (audit.tenant, audit.partner);
        let partner = PartnerWrite::new(change.partner)?;
        if (partner.tenant, partner.id) != (audited, named) {
            return Err(fault::unstorable("a changeset whose audit event is about another partner"));
        }
        Ok(Self { partner, audit: AuditWrite::new(audit)? })
    }

    /// Applies it within the transaction that is open. With a verdict other than `Applied`, nothing was
    /// written and the transaction can go on; when it is spoiled, it must be rolled back.
    ///
    /// The partner goes first, because whether its row changed tells a good changeset from all others; what
    /// the others are is looked up only then, so that a good one costs two statements.
    pub(super) fn apply(&self, connection: &Connection) -> Result<Verdict, Spoiled> {
        if !self.partner.apply(connection)? {
            return Ok(self.why_not(connection)?);
        }
        if !self.audit.insert(connection)? {
            return Err(Spoiled::AuditIdInUse);
        }
        Ok(Ok(Committed::Applied))
    }

    fn why_not(&self, connection: &Connection) -> rusqlite::Result<Verdict> {
        Ok(if self.audit.exists(connection)? {
            Ok(Committed::Duplicate)
        } else if self.partner.is_insert() {
            Err(CommitError::Taken)
        } else {
            Err(CommitError::Stale)
        })
    }
}
