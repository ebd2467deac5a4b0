//! Whether every part has the chains it should have.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use gangway_domain::TenantId;

use crate::audit::key::{AuditKey, StoredRoster, Tally};

/// What is wrong with the roster of a part, which says how many tenants have a chain there, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterReport {
    /// The part.
    pub part: u8,
    /// What was found.
    pub finding: RosterFinding,
}

/// What is wrong with a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterFinding {
    /// It is not there.
    Missing,
    /// It was not written with the key of this audit.
    Unproven,
    /// Tenants were taken out or put in.
    Differs {
        /// How many tenants should have a chain.
        said: u64,
        /// How many there are.
        found: u64,
    },
}

/// What is counted of parts, to be held against their rosters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Census(BTreeMap<i64, Tally>);

impl Census {
    /// Counts a tenant that has a chain in this part.
    pub(crate) fn count(&mut self, key: &AuditKey, part: i64, tenant: TenantId) {
        let tally = self.0.entry(part).or_default();
        *tally = tally.with(&key.member(tenant));
    }

    pub(crate) fn tally(&self, part: u8) -> Tally {
        self.0.get(&part.into()).copied().unwrap_or_default()
    }

    /// What is wrong with the rosters of these parts.
    pub(crate) fn findings(
        &self,
        key: &AuditKey,
        parts: RangeInclusive<u8>,
        rosters: &Rosters,
    ) -> Vec<RosterReport> {
        parts.filter_map(|part| self.finding(key, part, rosters.get(&part.into()))).collect()
    }

    fn finding(&self, key: &AuditKey, part: u8, roster: Option<&StoredRoster>) -> Option<RosterReport> {
        let found = self.tally(part);
        let finding = match roster.map(|roster| roster.proven(key, part)) {
            None => RosterFinding::Missing,
            Some(None) => RosterFinding::Unproven,
            Some(Some(said)) if said == found => return None,
            Some(Some(said)) => RosterFinding::Differs {
                said: said.tenants.unsigned_abs(),
                found: found.tenants.unsigned_abs(),
            },
        };
        Some(RosterReport { part, finding })
    }
}

/// Rosters as they are stored, by their parts.
pub(crate) type Rosters = BTreeMap<i64, StoredRoster>;
