//! What can be said of the audit whatever keeps it: the events in the order of their chains, and whether the chains hold.

use gangway_domain::{AuditEvent, AuditEventId, TenantId};

use crate::chain::{ChainHash, Fields, Head};
use crate::rows::{self, OtherType, Row, Senseless};

/// What verifying one tenant's chain has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Whose chain.
    pub tenant: TenantId,
    /// How many links were found whole, from the first on.
    pub links: u64,
    /// Events from before there were chains; nothing can be said of them.
    pub unlinked: u64,
    /// What became of the rest.
    pub finding: Finding,
}

/// How a chain ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// With its last link, whose hash this is; `None` if it has no link at all.
    Whole(Option<ChainHash>),
    /// The event with this number was altered, or one before it was and the chain was not mended.
    Altered {
        /// The number of the event in its chain, from 1.
        seq: i64,
        /// Its id, as far as that can be believed.
        event: AuditEventId,
    },
    /// The event that should have this number is not there.
    Missing {
        /// The number, from 1.
        seq: i64,
    },
    /// The chain ends with this number, but the head kept beside it says otherwise: the end was cut off, or the
    /// head was altered.
    HeadDiffers {
        /// The number of the last event there is.
        seq: i64,
    },
}

/// An audit event, and its place in its tenant's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainedEvent {
    /// From 1, in the order of commits.
    pub sequence: u64,
    /// The event.
    pub event: AuditEvent,
}

/// The columns that a link is made of, in the order in which [`Follower`] takes them.
macro_rules! link_columns {
    () => {
        "seq, hash, tenant, id, at, activity, operation, result, correlation, actor, partner, partner_name, generation, \
         changes"
    };
}
pub(crate) use link_columns;

/// Follows a chain, link by link.
pub(crate) struct Follower {
    last: Head,
    broken: Option<Finding>,
}

impl Follower {
    pub(crate) const fn new() -> Self {
        Self { last: Head::START, broken: None }
    }

    /// Takes the next of the links, in the order of their numbers; whether it is whole. After one that is not, none counts.
    pub(crate) fn take(&mut self, row: &impl Row) -> Result<bool, Senseless> {
        let seq = row.integer(0).map_err(|OtherType| Senseless("number of a link"))?;
        let hash = row.bytes(1).map_err(|OtherType| Senseless("hash of a link"))?;
        if seq.is_some_and(|seq| seq > self.last.seq + 1) {
            self.broken = Some(Finding::Missing { seq: self.last.seq + 1 });
            return Ok(false);
        }
        let next = self.last.next(&digest(row)?);
        if (seq, hash) != (Some(next.seq), Some(&next.hash.0[..])) {
            let event = AuditEventId(rows::id(row, 3, "id of an audit event")?);
            self.broken = Some(Finding::Altered { seq: next.seq, event });
            return Ok(false);
        }
        self.last = next;
        Ok(true)
    }

    /// What it found, if this is the head that is kept beside the chain.
    pub(crate) fn report(self, tenant: TenantId, head: Head, unlinked: i64) -> ChainReport {
        let finding = match self.broken {
            Some(finding) => finding,
            None if self.last != head => Finding::HeadDiffers { seq: self.last.seq },
            None => Finding::Whole((self.last != Head::START).then_some(self.last.hash)),
        };
        let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
        ChainReport { tenant, links: unsigned(self.last.seq), unlinked: unsigned(unlinked), finding }
    }
}

fn digest(row: &impl Row) -> Result<crate::chain::Digest, Senseless> {
    let (tenant, id) = (rows::id(row, 2, "tenant")?, rows::id(row, 3, "id of an audit event")?);
    let (correlation, partner) = (rows::id(row, 8, "correlation")?, rows::id(row, 10, "id of a resource")?);
    let fields = Fields {
        tenant: tenant.as_bytes(),
        id: id.as_bytes(),
        at: rows::integer(row, 4, "time of an audit event")?,
        activity: rows::text(row, 5, "activity")?,
        operation: rows::text(row, 6, "operation")?,
        result: rows::text(row, 7, "result")?,
        correlation: correlation.as_bytes(),
        actor: rows::text(row, 9, "actor")?,
        partner: partner.as_bytes(),
        partner_name: rows::text(row, 11, "name")?,
        generation: rows::integer(row, 12, "generation of an audit event")?,
        changes: rows::text(row, 13, "list of changes")?,
    };
    Ok(fields.digest())
}
