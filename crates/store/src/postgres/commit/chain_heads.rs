//! Where the chains of tenants end, as far as this node knows.

use gangway_domain::TenantId;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use crate::audit::chain::{End, Head};
use crate::postgres::client::fault::Fault;

/// So many tenants are remembered at most; it takes half a megabyte.
const SLOTS: usize = 4096;

/// A place for each of a few thousand tenants, found by their id. Of two that have the same, one waits for the other, and the
/// last that committed is remembered.
///
/// It is the database that sees to it that a chain has no fork. To take turns here spares what this node would lose against
/// itself, and what is remembered spares reading it.
///
/// An example: a tenant's chain ends at link 7, and two of its partners are disconnected over this node at once. The first takes
/// the turn, reads that the end is link 7, commits link 8, remembers it and gives the turn back. The second takes the turn, finds
/// link 8 remembered, and commits link 9 without reading. If another node has added link 9 meanwhile, the second one's `UPDATE
/// audit_heads … WHERE seq = 8` finds no row, nothing is done, and it reads that the end is link 9 and commits link 10. What is
/// remembered is taken out before anything is sent: whoever is dropped in between leaves nothing that may be wrong.
#[derive(Debug)]
pub(in super::super) struct ChainHeads {
    slots: Box<[Mutex<Option<Remembered>>]>,
    /// One for each part: tenants whose first event it is come one after the other, as all of them change the part's roster.
    firsts: Box<[Mutex<()>]>,
}

#[derive(Debug, Clone, Copy)]
struct Remembered {
    tenant: TenantId,
    end: End,
}

/// A tenant's turn to add to its chain. It goes when it is dropped.
#[derive(Debug)]
pub(super) struct HeadTurn<'a> {
    tenant: TenantId,
    slot: MutexGuard<'a, Option<Remembered>>,
}

impl ChainHeads {
    pub(in super::super) fn new() -> Self {
        let slots = (0..SLOTS).map(|_| Mutex::default()).collect();
        Self { slots, firsts: (0..=u8::MAX).map(|_| Mutex::default()).collect() }
    }

    /// This tenant's turn, until then at the latest.
    pub(super) async fn turn(&self, tenant: TenantId, until: Instant) -> Result<HeadTurn<'_>, Fault> {
        let slot = self.slots.get(place(tenant)).ok_or(Fault::Closed)?;
        let slot = timeout_at(until, slot.lock()).await.map_err(|_| Fault::Crowded)?;
        Ok(HeadTurn { tenant, slot })
    }

    /// The turn of a tenant whose first event it is, until then at the latest; and whether somebody else had one before.
    pub(super) async fn first(&self, part: u8, until: Instant) -> Result<(MutexGuard<'_, ()>, bool), Fault> {
        let turn = self.firsts.get(usize::from(part)).ok_or(Fault::Closed)?;
        if let Ok(at_once) = turn.try_lock() {
            return Ok((at_once, false));
        }
        let later = timeout_at(until, turn.lock()).await.map_err(|_| Fault::Crowded)?;
        Ok((later, true))
    }
}

impl HeadTurn<'_> {
    /// Where the chain ends, if that is known. It is not any more from then on: whoever adds to it may not live to see
    /// whether that went well.
    pub(super) fn take(&mut self) -> Option<End> {
        self.slot.take().filter(|known| known.tenant == self.tenant).map(|known| known.end)
    }

    /// A chain that has not begun is not remembered: whoever begins it has to look what other tenants there are.
    pub(super) fn remember(&mut self, end: End) {
        let begun = end.head != Head::START;
        *self.slot = begun.then_some(Remembered { tenant: self.tenant, end });
    }
}

fn place(tenant: TenantId) -> usize {
    let (high, low) = tenant.0.as_u64_pair();
    let mixed = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 52).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;
    use crate::audit::chain::{Adopted, ChainHash};

    const HEAD: End =
        End { head: Head { seq: 3, hash: ChainHash([3; 32]) }, adopted: Adopted { events: 0, unlinked: 0 } };

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    #[tokio::test]
    async fn a_head_is_known_until_somebody_begins_to_add_to_it() {
        let heads = ChainHeads::new();
        let one = TenantId(Uuid::from_u128(1));
        heads.turn(one, soon()).await.unwrap().remember(HEAD);
        assert_eq!(heads.turn(one, soon()).await.unwrap().take(), Some(HEAD));
        assert_eq!(heads.turn(one, soon()).await.unwrap().take(), None);
    }

    #[tokio::test]
    async fn whose_place_another_tenant_took_is_not_known() {
        let heads = ChainHeads::new();
        let one = TenantId(Uuid::from_u128(1));
        let other =
            (2..1 << 20).map(|n| TenantId(Uuid::from_u128(n))).find(|other| place(*other) == place(one));
        heads.turn(one, soon()).await.unwrap().remember(HEAD);
        assert_eq!(heads.turn(other.unwrap(), soon()).await.unwrap().take(), None);
    }

    #[tokio::test]
    async fn one_tenants_turns_come_one_after_the_other_and_nobody_waits_for_ever() {
        let heads = ChainHeads::new();
        let one = TenantId(Uuid::from_u128(1));
        let turn = heads.turn(one, soon()).await.unwrap();
        assert!(heads.turn(one, soon()).await.is_err());
        assert!(heads.turn(TenantId(Uuid::from_u128(2)), soon()).await.is_ok());
        drop(turn);
        assert!(heads.turn(one, soon()).await.is_ok());
    }

    #[test]
    fn every_tenant_has_a_place_and_all_places_are_used() {
        let places: std::collections::BTreeSet<_> =
            (0..100_000_u128).map(|n| place(TenantId(Uuid::from_u128(n << 40 | n)))).collect();
        assert_eq!((places.len(), places.last()), (SLOTS, Some(&(SLOTS - 1))));
    }
}
