//! Chains of audit events: only what the target has not is copied, and what it has, has to be the same.

pub(super) mod end_rows;
pub(super) mod ends;

use std::ops::RangeInclusive;

use crate::AuditKey;
use crate::audit::Census;
use crate::audit::chain::{Adopted, ChainHash, End, Fields, Head};
use crate::copy::error::MoveError;
use crate::copy::gone::Gone;
use crate::copy::pass::merge::Merge;
use crate::copy::side::Side;
use crate::copy::table::cell::{Cell, Cells, RowKey, bytes, number, text};
use crate::copy::table::row_query::{RowQuery, Wanted};
use crate::copy::table::{AUDIT_EVENTS, AUDIT_HEADS, event, head};

/// How many events are in memory at a time, at most, and written at once.
const LINKS: u16 = 500;

/// Links of any number of chains on their way to the target: first the events, then where the chains end by them, so that an
/// end that is there has all before it.
#[derive(Default)]
struct Bundle {
    events: Vec<Cells>,
    heads: Vec<Cells>,
}

/// Brings the target's chains to where the source's are now.
pub(super) async fn copy(
    sides: (&Side, &Side),
    parts: &RangeInclusive<u8>,
    gone: &mut impl FnMut(Gone),
) -> Result<(), MoveError> {
    let mut heads = Merge::new(sides, &AUDIT_HEADS, Wanted::All, parts).up_to_the_end_of_target();
    let mut bundle = Bundle::default();
    while let Some(found) = heads.next().await? {
        if let Some(place) = found.remove.first() {
            return Err(diverged(sides.1, place));
        }
        gone(Gone { seen: found.seen + found.links, ..Gone::default() });
        for (source, target) in found.put {
            chain(sides, &source, target.as_deref(), &mut bundle, gone).await?;
        }
    }
    bundle.go(sides.1).await?;
    all_behind(sides, heads.end_of_target(), *parts.end(), gone).await
}

/// Copies the chains of all tenants behind a place, of which the target has none. They are read as one stream: a statement for
/// each of them would take longer than all they have.
async fn all_behind(
    (source, target): (&Side, &Side),
    place: RowKey,
    last_part: u8,
    gone: &mut impl FnMut(Gone),
) -> Result<(), MoveError> {
    let (mut after, mut seq) = (place, i64::MAX);
    loop {
        let wanted = Wanted::Chained { seq };
        let asked = RowQuery { table: &AUDIT_EVENTS, wanted, after, last_part, at_most: LINKS };
        let events = source.rows(&asked).await?;
        let is_last = events.len() < usize::from(LINKS);
        let mut bundle = Bundle::default();
        let mut chains = 0;
        for event in &events {
            let (of, end) = link(source, event)?;
            chains += u64::from(of != after);
            // What there was when it was authenticated first is told by the next pass.
            bundle.end((of, end), Adopted::default());
            (after, seq) = (of, end.seq);
        }
        let copied = events.len() as u64;
        bundle.events = events;
        bundle.go(target).await?;
        gone(Gone { seen: copied + chains, copied, ..Gone::default() });
        if is_last {
            return Ok(());
        }
    }
}

async fn chain(
    (source, target): (&Side, &Side),
    end: &[Cell],
    has: Option<&[Cell]>,
    bundle: &mut Bundle,
    gone: &mut impl FnMut(Gone),
) -> Result<(), MoveError> {
    let senseless = || MoveError::Senseless { place: source.name(), table: AUDIT_HEADS.name };
    let place = RowKey::of(end, AUDIT_HEADS.key).ok_or_else(senseless)?;
    if has.is_some_and(|has| has[..head::ADOPTED] == end[..head::ADOPTED]) {
        bundle.heads.push(end.to_vec());
        return Ok(());
    }
    let adopted = end_rows::end(end).ok_or_else(senseless)?.1.end.adopted;
    let up_to = number(end, head::SEQ).ok_or_else(senseless)?;
    let has_up_to = has.map_or(Some(0), |has| number(has, head::SEQ)).ok_or_else(senseless)?;
    let mut behind = has_up_to;
    // The target's last link once more, to see whether the source has the same.
    let mut proven = behind == 0;
    if !proven {
        behind -= 1;
    }
    while behind < up_to || !proven {
        let wanted = Wanted::ChainOf { behind, up_to: up_to.max(has_up_to) };
        let asked =
            RowQuery { table: &AUDIT_EVENTS, wanted, after: place, last_part: u8::MAX, at_most: LINKS };
        let mut events = source.rows(&asked).await?;
        if !proven {
            let same = events.first().is_some_and(|first| {
                number(first, event::SEQ) == Some(has_up_to)
                    && bytes(first, event::HASH) == has.and_then(|has| bytes(has, head::HASH))
            });
            if !same || has_up_to >= up_to {
                return Err(diverged(target, &place));
            }
            events.remove(0);
            proven = true;
        }
        let Some(last) = events.last() else { break };
        behind = number(last, event::SEQ).ok_or_else(senseless)?;
        bundle.end(link(source, last)?, adopted);
        let copied = events.len() as u64;
        gone(Gone { seen: copied, copied, ..Gone::default() });
        bundle.events.append(&mut events);
        if bundle.events.len() >= usize::from(LINKS) {
            std::mem::take(bundle).go(target).await?;
        }
    }
    Ok(())
}

impl Bundle {
    /// The chain ends with this link, and no more where it did.
    fn end(&mut self, (place, head): (RowKey, Head), adopted: Adopted) {
        let head = end_rows::row(&place, &End { head, adopted });
        if self.heads.last().is_some_and(|last| last[..2] == head[..2]) {
            self.heads.pop();
        }
        self.heads.push(head);
    }

    async fn go(self, target: &Side) -> Result<(), MoveError> {
        target.change(&AUDIT_EVENTS, &self.events, &[]).await?;
        target.change(&AUDIT_HEADS, &self.heads, &[]).await
    }
}

fn diverged(target: &Side, place: &RowKey) -> MoveError {
    MoveError::Diverged { place: target.name(), tenant: place.tenant() }
}

/// Follows every chain to its end, which the side's key has to prove, and says how many events were found whole in how many.
pub(super) async fn verify(side: &Side, parts: &RangeInclusive<u8>) -> Result<(u64, u64, Census), MoveError> {
    let mut after = (RowKey::before(*parts.start()), i64::MAX);
    let (page, key, census) = (Vec::new().into_iter(), side.key(), Census::default());
    let mut ends = ChainEnds { side, page, after: after.0, last_part: *parts.end(), key, census };
    let (mut current, mut events, mut chains): (Option<(RowKey, Head)>, u64, u64) = (None, 0, 0);
    loop {
        let wanted = Wanted::Chained { seq: after.1 };
        let asked = RowQuery {
            table: &AUDIT_EVENTS,
            wanted,
            after: after.0,
            last_part: *parts.end(),
            at_most: LINKS,
        };
        let page = side.rows(&asked).await?;
        for row in &page {
            let (place, stored) = link(side, row)?;
            let before = match current {
                Some((of, head)) if of == place => head,
                before => {
                    ends.are(before).await?;
                    chains += 1;
                    Head::START
                }
            };
            let next = before.next(&fields(row).ok_or_else(|| senseless(side))?.digest());
            if next != stored {
                return Err(MoveError::BrokenChain { place: side.name(), tenant: place.tenant() });
            }
            (current, events, after) = (Some((place, next)), events + 1, (place, next.seq));
        }
        if page.len() < usize::from(LINKS) {
            ends.are(current).await?;
            ends.are_over().await?;
            return Ok((events, chains, ends.census));
        }
    }
}

/// Where chains end, as it is written down beside them; read along with the chains.
struct ChainEnds<'a> {
    side: &'a Side,
    page: std::vec::IntoIter<Cells>,
    after: RowKey,
    last_part: u8,
    key: AuditKey,
    census: Census,
}

impl ChainEnds<'_> {
    async fn next(&mut self) -> Result<Option<(RowKey, Head)>, MoveError> {
        if self.page.as_slice().is_empty() {
            let (after, last_part) = (self.after, self.last_part);
            let asked =
                RowQuery { table: &AUDIT_HEADS, wanted: Wanted::All, after, last_part, at_most: LINKS };
            self.page = self.side.rows(&asked).await?.into_iter();
        }
        let Some(row) = self.page.next() else { return Ok(None) };
        let place = RowKey::of(&row, AUDIT_HEADS.key).ok_or_else(|| senseless(self.side))?;
        let (tenant, stored) = end_rows::end(&row).ok_or_else(|| senseless(self.side))?;
        let unproven = || MoveError::UnprovenEnd { place: self.side.name(), tenant };
        let end = stored.proven(&self.key, tenant).ok_or_else(unproven)?;
        self.census.count(&self.key, place.part.into(), tenant);
        self.after = place;
        Ok(Some((place, end.head)))
    }

    /// Whether the next one is this.
    async fn are(&mut self, end: Option<(RowKey, Head)>) -> Result<(), MoveError> {
        let Some(end) = end else { return Ok(()) };
        if self.next().await? == Some(end) { Ok(()) } else { Err(self.broken(&end.0)) }
    }

    /// Whether there is none that has no chain.
    async fn are_over(&mut self) -> Result<(), MoveError> {
        self.next().await?.map_or(Ok(()), |end| Err(self.broken(&end.0)))
    }

    fn broken(&self, place: &RowKey) -> MoveError {
        MoveError::BrokenChain { place: self.side.name(), tenant: place.tenant() }
    }
}

/// Whose link an event is, and which.
fn link(side: &Side, row: &[Cell]) -> Result<(RowKey, Head), MoveError> {
    let place = RowKey::of(row, 2).ok_or_else(|| senseless(side))?;
    let seq = number(row, event::SEQ).ok_or_else(|| senseless(side))?;
    let hash = bytes(row, event::HASH).and_then(|hash| hash.try_into().ok());
    let broken = || MoveError::BrokenChain { place: side.name(), tenant: place.tenant() };
    Ok((place, Head { seq, hash: ChainHash(hash.ok_or_else(broken)?) }))
}

fn senseless(side: &Side) -> MoveError {
    MoveError::Senseless { place: side.name(), table: AUDIT_EVENTS.name }
}

pub(super) fn fields(row: &[Cell]) -> Option<Fields<'_>> {
    Some(Fields {
        tenant: bytes(row, 1)?,
        id: bytes(row, 2)?,
        at: number(row, event::AT)?,
        activity: text(row, event::ACTIVITY)?,
        operation: text(row, event::OPERATION)?,
        result: text(row, event::RESULT)?,
        correlation: bytes(row, event::CORRELATION)?,
        actor: text(row, event::ACTOR)?,
        partner: bytes(row, event::PARTNER)?,
        partner_name: text(row, event::PARTNER_NAME)?,
        generation: number(row, event::GENERATION)?,
        changes: text(row, event::CHANGES)?,
    })
}
