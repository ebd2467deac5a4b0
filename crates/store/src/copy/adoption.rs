//! An audit from before its ends were authenticated, or one that is empty: it is taken as it is found, once. Events without a
//! place are put behind the others of their chains, and every end says how much was there by then.
//!
//! All of it is one transaction, which only one node does at a time: an audit that is authenticated in part was never left so by
//! us. Nor is one taken as it is found with a key that was there before: somebody has taken its proofs away. One that another key
//! has proven is taken with a key only that was made to replace it.

use std::time::Duration;

use crate::audit::chain::End;
use crate::audit::key::{StoredRoster, TakesUp};
use crate::audit::{Census, Rosters};
use crate::copy::chains;
use crate::copy::chains::end_rows;
use crate::copy::chains::ends::{self, Pages, senseless};
use crate::copy::error::MoveError;
use crate::copy::side::Side;
use crate::copy::table::cell::{Cell, Cells, RowKey, number};
use crate::copy::table::row_query::{RowQuery, Wanted};
use crate::copy::table::{AUDIT_EVENTS, AUDIT_HEADS, PLAIN, event, head};

/// How many events are in memory at a time.
const PAGE: u16 = 500;
/// How often it is tried, if others are in the way, and how long there is between.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// Has the audit authenticated by the side's key, if it is not.
pub(crate) async fn adopt(side: &Side) -> Result<(), MoveError> {
    if is_proven(side).await? {
        return Ok(());
    }
    for _ in 1..TRIES {
        match in_one(side).await {
            Err(MoveError::Postgres(error)) => {
                tracing::debug!(%error, "the audit is taken up once more");
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
    in_one(side).await
}

/// Whether it is authenticated; an error if it is not and must not be.
async fn is_proven(side: &Side) -> Result<bool, MoveError> {
    let (key, rosters): (_, Rosters) = (side.key(), side.rosters().await?);
    let is_proven = |part: u8| rosters.get(&part.into()).is_some_and(|r| r.proven(&key, part).is_some());
    let proven = (0..=u8::MAX).filter(|part| is_proven(*part)).count();
    if proven > usize::from(u8::MAX) {
        return Ok(true);
    }
    let may_be_taken_up = match key.takes_up() {
        TakesUp::Nothing => false,
        TakesUp::Unproven => !rosters.values().any(StoredRoster::has_proof),
        TakesUp::Anything => true,
    };
    if proven == 0 && (may_be_taken_up || is_empty(side).await?) {
        return Ok(false);
    }
    Err(unproven(side))
}

fn unproven(side: &Side) -> MoveError {
    MoveError::UnprovenAudit { place: side.name(), key: side.key().id() }
}

/// Whether nothing has ever happened in it. Where there is anything, there was an audit of it.
async fn is_empty(side: &Side) -> Result<bool, MoveError> {
    for table in PLAIN.into_iter().chain([&AUDIT_HEADS, &AUDIT_EVENTS]) {
        let (wanted, after, last_part) = (Wanted::All, RowKey::before(0), u8::MAX);
        if !side.rows(&RowQuery { table, wanted, after, last_part, at_most: 1 }).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn in_one(side: &Side) -> Result<(), MoveError> {
    side.begin().await?;
    let outcome = alone(side).await;
    match outcome {
        Ok(true) => side.commit().await,
        // Another node has done it meanwhile.
        Ok(false) => side.roll_back().await,
        Err(error) => {
            side.roll_back().await?;
            Err(error)
        }
    }
}

/// Whether there was anything to do.
async fn alone(side: &Side) -> Result<bool, MoveError> {
    side.hold_rosters().await?;
    if is_proven(side).await? {
        return Ok(false);
    }
    if side.key().takes_up() != TakesUp::Anything && has_a_proven_end(side).await? {
        return Err(unproven(side));
    }
    let linked = if side.beside_chains().await? == 0 { 0 } else { link(side).await? };
    let (key, mut census, mut events) = (side.key(), Census::default(), 0);
    let mut pages = Pages::of(side, &(0..=u8::MAX));
    while let Some(mut page) = pages.next().await? {
        for row in &mut page {
            let (tenant, stored) = end_rows::end(row).ok_or_else(|| senseless(side))?;
            census.count(&key, number(row, 0).ok_or_else(|| senseless(side))?, tenant);
            if let Some(adopted) = row.get_mut(head::ADOPTED) {
                *adopted = Cell::Number(stored.end.head.seq);
            }
            events += stored.end.head.seq;
        }
        side.change(&AUDIT_HEADS, &page, &[]).await?;
    }
    ends::enrol(side, &(0..=u8::MAX), &census).await?;
    if events > 0 {
        tracing::warn!(
            events,
            linked,
            key = key.id(),
            "the audit is authenticated from now on; what was there by now was taken as it was found"
        );
    }
    Ok(true)
}

/// Whether somebody has proven where a chain ends, with whichever key.
async fn has_a_proven_end(side: &Side) -> Result<bool, MoveError> {
    let mut pages = Pages::of(side, &(0..=u8::MAX));
    while let Some(page) = pages.next().await? {
        if page.iter().any(|row| end_rows::end(row).is_some_and(|(_, stored)| stored.mac.is_some())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts events without a place behind the others of their chains, in the order of their ids, and says how many.
async fn link(side: &Side) -> Result<u64, MoveError> {
    let (mut after, mut count) = (RowKey::before(0), 0);
    let mut current: Option<(RowKey, End)> = None;
    loop {
        let (table, wanted) = (&AUDIT_EVENTS, Wanted::Unchained);
        let asked = RowQuery { table, wanted, after, last_part: u8::MAX, at_most: PAGE };
        let mut page = side.rows(&asked).await?;
        let is_last = page.len() < usize::from(PAGE);
        let mut heads: Vec<Cells> = Vec::new();
        for event in &mut page {
            after = RowKey::of(event, table.key).ok_or_else(|| senseless(side))?;
            let of = RowKey { id: [0; 16], ..after };
            let end = match current.take().filter(|(place, _)| *place == of) {
                Some((_, end)) => end,
                None => stored_end(side, &of).await?,
            };
            let end = next(event, end).ok_or_else(|| senseless(side))?;
            heads.retain(|head| RowKey::of(head, AUDIT_HEADS.key) != Some(of));
            heads.push(end_rows::row(&of, &end));
            (current, count) = (Some((of, end)), count + 1);
        }
        side.change(&AUDIT_EVENTS, &page, &[]).await?;
        side.change(&AUDIT_HEADS, &heads, &[]).await?;
        if is_last {
            return Ok(count);
        }
    }
}

/// Gives an event the next place in its chain.
fn next(row: &mut Cells, end: End) -> Option<End> {
    let mut end = end.next(&chains::fields(row)?.digest());
    end.adopted.unlinked += 1;
    *row.get_mut(event::SEQ)? = Cell::Number(end.head.seq);
    *row.get_mut(event::HASH)? = Cell::Bytes(end.head.hash.0.to_vec());
    Some(end)
}

/// Where this tenant's chain ends by now.
async fn stored_end(side: &Side, of: &RowKey) -> Result<End, MoveError> {
    let before = u128::from_be_bytes(of.tenant).checked_sub(1);
    let before = before.map(|tenant| RowKey { tenant: tenant.to_be_bytes(), ..*of });
    let first = RowKey { part: of.part - 1, tenant: [u8::MAX; 16], id: [u8::MAX; 16] };
    let (after, last_part) = (before.unwrap_or(first), u8::try_from(of.part).unwrap_or(u8::MAX));
    let asked = RowQuery { table: &AUDIT_HEADS, wanted: Wanted::All, after, last_part, at_most: 1 };
    let found = side.rows(&asked).await?;
    let here = found.first().filter(|row| RowKey::of(row, AUDIT_HEADS.key) == Some(*of));
    here.map_or(Ok(End::START), |row| {
        end_rows::end(row).map(|(_, stored)| stored.end).ok_or_else(|| senseless(side))
    })
}
