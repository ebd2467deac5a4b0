use gangway_domain::{AuditEventId, TenantId};

use super::RosterReport;
use crate::audit::chain::{Adopted, ChainHash};

/// What verifying an audit has found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditReport {
    /// One for each tenant that has a chain or an event, or should have.
    pub chains: Vec<ChainReport>,
    /// What is wrong with parts: whether tenants are missing, or are there that should not be.
    pub rosters: Vec<RosterReport>,
}

impl AuditReport {
    /// Whether every event can be vouched for, and none is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.broken() == 0 && self.rosters.is_empty()
    }

    /// How many chains are not whole.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.chains.iter().filter(|chain| !matches!(chain.finding, Finding::Whole(_))).count()
    }

    /// How many events there are.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.chains.iter().map(|chain| chain.links + chain.unlinked).sum()
    }
}

/// What verifying one tenant's chain has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Whose chain.
    pub tenant: TenantId,
    /// How many links were found whole, from the first on.
    pub links: u64,
    /// Events that have no place in the chain: nothing vouches for them.
    pub unlinked: u64,
    /// What there was before the chain's end was authenticated first.
    pub adopted: Adoption,
    /// What became of the rest.
    pub finding: Finding,
}

impl ChainReport {
    /// Of rows in a part that is not the tenant's.
    pub(crate) fn misplaced(tenant: TenantId, part: i64) -> Self {
        let finding = Finding::Misplaced { part };
        Self { tenant, links: 0, unlinked: 0, adopted: Adoption::default(), finding }
    }
}

/// What there was of a chain when its end was authenticated first: nothing but the hashes vouches for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Adoption {
    /// So many events, from the first on.
    pub events: u64,
    /// How many of these had no place in the chain before, and were given one behind the others.
    pub unlinked: u64,
}

impl From<Adopted> for Adoption {
    fn from(adopted: Adopted) -> Self {
        Self { events: adopted.events.unsigned_abs(), unlinked: adopted.unlinked.unsigned_abs() }
    }
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
    /// A column that filters look at says something else than the event it was made from.
    ColumnDiffers {
        /// The number of the event in its chain, from 1.
        seq: i64,
        /// Its id.
        event: AuditEventId,
        /// The column.
        column: &'static str,
    },
    /// The event that should have this number is not there.
    Missing {
        /// The number, from 1.
        seq: i64,
    },
    /// An event has no place in the chain: it was put in, or altered and taken out of it.
    Unlinked {
        /// The first of them.
        event: AuditEventId,
    },
    /// There are rows of the tenant in a part that is not its own.
    Misplaced {
        /// The part.
        part: i64,
    },
    /// The head that is kept beside the chain is not there.
    HeadMissing {
        /// The number of the last event there is.
        seq: i64,
    },
    /// The head was not written for this tenant with the key of this audit.
    HeadUnproven {
        /// The number of the last event there is.
        seq: i64,
    },
    /// The chain ends with this number, but the head kept beside it, which is genuine, says otherwise: the end was cut off, or
    /// something was put behind it.
    HeadDiffers {
        /// The number of the last event there is.
        seq: i64,
    },
    /// The chain ends before the head that was kept elsewhere, though all there is fits together: it was put back.
    BeforeKnown {
        /// The number of the last event there is.
        seq: i64,
        /// Where it ended when the head was taken.
        known: i64,
    },
    /// The event with this number is another than that of the head that was kept elsewhere.
    OtherThanKnown {
        /// The number.
        seq: i64,
    },
    /// The head was authenticated first at another time than that which was kept elsewhere says: the audit was adopted anew.
    AdoptedAnew,
}
