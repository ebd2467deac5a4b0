//! Where chains end, and how many there are: written with every event, and never gone on from unless it is proven.
//!
//! Hashes alone protect the middle of a chain, not its end: whoever can write to the database can cut off the last events, or
//! all of a tenant's, and what is left still fits together. So the end of every chain is a row of its own (`audit_heads`), and
//! what a part's chains are in sum is another (`audit_rosters`), each with a MAC under a key that is not in the database
//! ([`AuditKey`]). Both change in the transaction of the event. Before a chain is gone on with, its end has to be proven:
//! otherwise the store itself would put a valid proof on what somebody else made of it.
//!
//! A transaction with events 1 and 2 of a tenant that had none, and event 8 of another, reads and writes this:
//!
//! ```text
//! tenant A  next(1)  no row in audit_heads: from START         event 1 is written, seq 1
//!           next(2)  from what next(1) has led to              event 2 is written, seq 2
//! tenant B  next(8)  audit_heads says 7, and its MAC is right  event 8 is written, seq 8
//! write()   audit_heads A: seq 2, new MAC; B: seq 8, new MAC   each once, however many events there were
//!           audit_rosters of A's part: one tenant more         only for A, whose chain begins
//! ```
//!
//! If B's row said 7 and its MAC were wrong, or a row were there for A that nobody proved, the changeset would be refused as
//! "the audit was altered", and so would every later one of that tenant.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use gangway_domain::TenantId;
use gangway_engine::{CommitError, StoreError};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::audit::chain::{Digest, End, Head};
use crate::audit::key::{AuditKey, StoredEnd, StoredRoster, Tally};
use crate::audit::{Rosters, end, end_columns, roster, roster_columns};
use crate::sqlite::fault::Fault;
use crate::sqlite::verdict::Spoiled;

const END: &str = concat!("SELECT ", end_columns!(), " FROM audit_heads WHERE part = ?1 AND tenant = ?2");
const SET_END: &str = "INSERT INTO audit_heads (part, tenant, seq, hash, adopted, unlinked, mac) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (part, tenant) DO UPDATE SET seq = excluded.seq, \
    hash = excluded.hash, adopted = excluded.adopted, unlinked = excluded.unlinked, mac = excluded.mac";
const ROSTERS: &str = concat!(
    "SELECT part, ",
    roster_columns!(),
    " FROM audit_rosters WHERE part BETWEEN ?1 AND ?2 ORDER BY part"
);
const SET_ROSTER: &str = "UPDATE audit_rosters SET tenants = ?2, members = ?3, mac = ?4 WHERE part = ?1";

/// The end of a tenant's chain as it is stored.
pub(super) fn stored_end(connection: &Connection, tenant: TenantId) -> Result<Option<StoredEnd>, Fault> {
    let mut statement = connection.prepare_cached(END)?;
    let mut rows = statement.query(params![tenant.part().0, tenant.0.as_bytes()])?;
    Ok(rows.next()?.map(|row| end(row, 0)).transpose()?.flatten())
}

/// The number of a tenant's last event, as far as its row says.
pub(super) fn last(connection: &Connection, tenant: TenantId) -> Result<i64, Fault> {
    Ok(stored_end(connection, tenant)?.map_or(0, |stored| stored.end.head.seq))
}

/// The rosters of these parts as they are stored.
pub(in crate::sqlite) fn rosters(
    connection: &Connection,
    parts: &RangeInclusive<u8>,
) -> Result<Rosters, Fault> {
    let mut statement = connection.prepare_cached(ROSTERS)?;
    let mut rows = statement.query(params![parts.start(), parts.end()])?;
    let mut all = Rosters::new();
    while let Some(row) = rows.next()? {
        all.extend(roster(row, 1)?.map(|roster| Ok::<_, Fault>((row.get(0)?, roster))).transpose()?);
    }
    Ok(all)
}

/// Where the chains end that a transaction adds to. Each end is read and proven once, and written once, however many events of
/// its tenant the transaction has.
#[derive(Debug)]
pub(in crate::sqlite) struct Ends<'a> {
    key: &'a AuditKey,
    open: BTreeMap<TenantId, OpenEnd>,
}

/// An end that nothing was added to yet is not written.
#[derive(Debug)]
struct OpenEnd {
    from: End,
    to: End,
}

impl<'a> Ends<'a> {
    pub(in crate::sqlite) const fn new(key: &'a AuditKey) -> Self {
        Self { key, open: BTreeMap::new() }
    }

    /// The link of an event with this digest that comes next in its tenant's chain.
    ///
    /// A chain is never gone on with from an end that nobody with the key wrote: that would prove what somebody else made of it.
    pub(in crate::sqlite) fn next(
        &mut self,
        connection: &Connection,
        tenant: TenantId,
        event: &Digest,
    ) -> Result<End, Spoiled> {
        if let Some(open) = self.open.get(&tenant) {
            return Ok(open.to.next(event));
        }
        let stored = stored_end(connection, tenant).map_err(|fault| refused(&fault.to_string()))?;
        let from = match stored {
            None => End::START,
            Some(stored) => stored.proven(self.key, tenant).ok_or_else(|| tampered(tenant))?,
        };
        self.open.insert(tenant, OpenEnd { from, to: from });
        Ok(from.next(event))
    }

    /// A tenant's chain, whose next link was asked for, ends there now.
    pub(in crate::sqlite) fn set(&mut self, tenant: TenantId, end: End) {
        if let Some(open) = self.open.get_mut(&tenant) {
            open.to = end;
        }
    }

    /// Writes them, before the transaction is committed.
    pub(in crate::sqlite) fn write(self, connection: &Connection) -> Result<(), Spoiled> {
        let Self { key, open } = self;
        for (tenant, OpenEnd { from, to }) in open {
            if to == from {
                continue;
            }
            let End { head: Head { seq, hash }, adopted } = to;
            let (part, owner, mac) = (tenant.part().0, tenant.0.as_bytes(), key.end(tenant, &to));
            let row = params![part, owner, seq, hash.0, adopted.events, adopted.unlinked, mac];
            connection.prepare_cached(SET_END)?.execute(row)?;
            if from == End::START {
                enrol(connection, key, tenant)?;
            }
        }
        Ok(())
    }
}

/// One more tenant has a chain.
fn enrol(connection: &Connection, key: &AuditKey, tenant: TenantId) -> Result<(), Spoiled> {
    let part = tenant.part().0;
    let stored = rosters(connection, &(part..=part)).map_err(|fault| refused(&fault.to_string()))?;
    let proven = stored.get(&part.into()).and_then(|roster: &StoredRoster| roster.proven(key, part));
    let Tally { tenants, members } =
        proven.map(|tally| tally.with(&key.member(tenant))).ok_or_else(|| tampered(tenant))?;
    let mac = key.roster(part, &Tally { tenants, members });
    connection.prepare_cached(SET_ROSTER)?.execute(params![part, tenants, members, mac])?;
    Ok(())
}

fn tampered(tenant: TenantId) -> Spoiled {
    tracing::error!(%tenant, "the audit was altered, and nothing more is added to it: `gangway audit verify` says where");
    refused("the audit was altered")
}

fn refused(why: &str) -> Spoiled {
    Spoiled::Refused(Err(CommitError::Store(StoreError::Unavailable(why.to_owned()))))
}

/// Which event comes first of those without a place, and how many there are.
pub(super) fn unlinked(
    connection: &Connection,
    tenant: TenantId,
) -> rusqlite::Result<(i64, Option<[u8; 16]>)> {
    const COUNT: &str = "SELECT count(*) FROM audit_events WHERE part = ?1 AND tenant = ?2 AND seq IS NULL";
    const FIRST: &str =
        "SELECT id FROM audit_events WHERE part = ?1 AND tenant = ?2 AND seq IS NULL ORDER BY id LIMIT 1";
    let key = params![tenant.part().0, tenant.0.as_bytes()];
    let count = connection.prepare_cached(COUNT)?.query_row(key, |row| row.get(0))?;
    let first = connection.prepare_cached(FIRST)?.query_row(key, |row| row.get(0)).optional()?;
    Ok((count, first))
}
