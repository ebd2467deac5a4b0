use gangway_domain::{AuditEventId, TenantId};

use super::{ChainReport, DERIVED, Finding, derived};
use crate::audit::chain::{Adopted, Digest, End, Fields, Head};
use crate::audit::key::{AuditKey, StoredEnd};
use crate::rows::{self, OtherType, Row, Senseless};

/// The columns that a link is made of, and those that follow from them, in the order in which [`Follower`] takes them.
macro_rules! link_columns {
    () => {
        "seq, hash, tenant, id, at, activity, operation, result, correlation, actor, partner, partner_name, generation, \
         changes, actor_kind, user_principal_name, user_id, application_id, application_name"
    };
}
pub(crate) use link_columns;

/// Where the first of the columns is that follow from others.
const FIRST_DERIVED: usize = 14;

/// Follows a chain, link by link.
pub(crate) struct Follower {
    tenant: TenantId,
    last: Head,
    broken: Option<Finding>,
    /// The head that was kept elsewhere.
    known: Option<End>,
}

/// What is kept beside a chain.
pub(crate) struct Beside {
    pub(crate) head: Option<StoredEnd>,
    /// How many events have no place in it, and the first of them.
    pub(crate) unlinked: i64,
    pub(crate) first: Option<AuditEventId>,
}

/// The head that is kept beside a chain.
#[derive(Clone, Copy)]
enum Kept {
    Nothing,
    Unproven,
    Proven(End),
}

impl Kept {
    const fn adopted(self) -> Option<Adopted> {
        match self {
            Self::Proven(end) => Some(end.adopted),
            Self::Nothing | Self::Unproven => None,
        }
    }
}

impl Follower {
    pub(crate) const fn new(tenant: TenantId, known: Option<End>) -> Self {
        Self { tenant, last: Head::START, broken: None, known }
    }

    /// Takes the next of the links, in the order of their numbers; whether it is whole. After one that is not, none counts.
    pub(crate) fn take(&mut self, row: &impl Row) -> Result<bool, Senseless> {
        let seq = row.integer(0).map_err(|OtherType| Senseless("number of a link"))?;
        let hash = row.bytes(1).map_err(|OtherType| Senseless("hash of a link"))?;
        if seq.is_some_and(|seq| seq > self.last.seq + 1) {
            return Ok(self.breaks(Finding::Missing { seq: self.last.seq + 1 }));
        }
        let next = self.last.next(&digest(row)?);
        let event = AuditEventId(rows::id(row, 3, "id of an audit event")?);
        if (seq, hash) != (Some(next.seq), Some(&next.hash.0[..])) {
            return Ok(self.breaks(Finding::Altered { seq: next.seq, event }));
        }
        if let Some(column) = differing(row)? {
            return Ok(self.breaks(Finding::ColumnDiffers { seq: next.seq, event, column }));
        }
        if self.known.is_some_and(|known| known.head.seq == next.seq && known.head != next) {
            return Ok(self.breaks(Finding::OtherThanKnown { seq: next.seq }));
        }
        self.last = next;
        Ok(true)
    }

    fn breaks(&mut self, finding: Finding) -> bool {
        self.broken = Some(finding);
        false
    }

    /// What it found, if this is what is kept beside the chain.
    pub(crate) fn report(self, key: &AuditKey, beside: &Beside) -> ChainReport {
        let head = match &beside.head {
            None => Kept::Nothing,
            Some(head) => head.proven(key, self.tenant).map_or(Kept::Unproven, Kept::Proven),
        };
        let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
        let (tenant, links) = (self.tenant, unsigned(self.last.seq));
        let adopted = head.adopted().unwrap_or_default();
        let finding = self.finding(head, beside.first);
        ChainReport { tenant, links, unlinked: unsigned(beside.unlinked), adopted: adopted.into(), finding }
    }

    fn finding(self, head: Kept, unlinked: Option<AuditEventId>) -> Finding {
        let seq = self.last.seq;
        if let Some(finding) = self.broken {
            return finding;
        }
        let finding = match head {
            Kept::Unproven => Some(Finding::HeadUnproven { seq }),
            Kept::Proven(end) if end.head != self.last => Some(Finding::HeadDiffers { seq }),
            Kept::Nothing if self.last != Head::START => Some(Finding::HeadMissing { seq }),
            Kept::Proven(_) | Kept::Nothing => None,
        };
        let adopted = head.adopted();
        let against_known = || match self.known {
            Some(known) if seq < known.head.seq => Some(Finding::BeforeKnown { seq, known: known.head.seq }),
            Some(known) if adopted != Some(known.adopted) => Some(Finding::AdoptedAnew),
            Some(_) | None => None,
        };
        finding
            .or_else(|| unlinked.map(|event| Finding::Unlinked { event }))
            .or_else(against_known)
            .unwrap_or_else(|| Finding::Whole((self.last != Head::START).then_some(self.last.hash)))
    }
}

/// Which of the columns that follow from others does not.
fn differing(row: &impl Row) -> Result<Option<&'static str>, Senseless> {
    let made = derived(rows::text(row, 9, "actor")?);
    for (place, (name, made)) in (FIRST_DERIVED..).zip(DERIVED.into_iter().zip(made)) {
        // A column of another type says something else, whatever that is.
        if row.text(place) != Ok(made.as_deref()) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn digest(row: &impl Row) -> Result<Digest, Senseless> {
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
