//! Everything of one database to another: beside nodes that serve from the source, pass after pass, until little is left; then
//! a last pass while nobody does. Only then is the target served from, and the source not any more: at no time are both.

use std::time::Duration;

use gangway_domain::Timestamp;

use crate::OpenError;
use crate::copy::chains;
use crate::copy::chains::ends;
use crate::copy::error::MoveError;
use crate::copy::gone::Gone;
use crate::copy::moving::Moving;
use crate::copy::pass::lanes::{self, Lane, Several};
use crate::copy::pass::{self, Compared};
use crate::copy::restored;
use crate::copy::side::{Database, Side};
use crate::copy::table::{AUDIT_EVENTS, AUDIT_HEADS, PLAIN, Table};

/// When so little changed in a pass, the last one is short.
const LITTLE: u64 = 500;
/// A source that changes faster than it can be copied has to be brought to rest all the same.
const MOST_PASSES: u32 = 8;
/// How long there is between passes while a server of the source has to be waited for.
const PAUSE: Duration = Duration::from_secs(1);

/// What happens meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyEvent {
    /// A pass begins, of so many rows.
    Pass {
        /// Which, from 1.
        number: u32,
        /// How many there are.
        rows: u64,
    },
    /// So much more was done.
    Gone(Gone),
    /// Little is left, and the source's server has to be stopped for the rest.
    StillServed,
    /// Nothing is written to the source any more; what was begun before is waited for.
    Leaving,
    /// The copy is complete, and is verified.
    Verifying,
}

/// What has come of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyFacts {
    /// The source, without a password.
    pub from: String,
    /// The target, without a password.
    pub to: String,
    /// How many rows each table has, in both.
    pub rows: Vec<(&'static str, u64)>,
    /// How many audit events are links of a chain.
    pub links: u64,
    /// How many chains there are; each ends where it does in the source.
    pub chains: u64,
}

/// Copies everything and has the source say where it went. Interrupted at any point it is called again.
///
/// # Errors
/// [`MoveError`]; what has arrived stays there.
pub async fn copy(
    from: &Database,
    to: &Database,
    watch: &mut dyn FnMut(CopyEvent),
) -> Result<CopyFacts, MoveError> {
    let (target, source) = (Side::alone(to).await?, Side::beside(from).await?);
    begin(&source, &target).await?;
    let target = Several::to_write(target, to).await?;
    let mut source = Several::to_read(source, from).await?;
    let mut number = 0;
    loop {
        number += 1;
        let done = pass((&source, &target), number, watch).await?;
        if done.changes() > LITTLE && number < MOST_PASSES {
            continue;
        }
        if let Some(at_rest) = at_rest(from, source, target.first().name(), watch).await? {
            source = at_rest;
            break;
        }
        watch(CopyEvent::StillServed);
        tokio::time::sleep(PAUSE).await;
        source = Several::to_read(Side::beside(from).await?, from).await?;
    }
    pass((&source, &target), number + 1, watch).await?;
    watch(CopyEvent::Verifying);
    let facts = verified(&source, &target).await?;
    restored::bring_along(source.first(), target.first()).await?;
    finish(source.first(), target.first()).await?;
    Ok(facts)
}

/// Once through everything.
async fn pass(
    (source, target): (&Several, &Several),
    number: u32,
    watch: &mut dyn FnMut(CopyEvent),
) -> Result<Gone, MoveError> {
    watch(CopyEvent::Pass { number, rows: all_rows(source.first()).await? });
    let work =
        |lane: Lane| async move { pass::pass(lane.sides(), &lane.parts, &mut |gone| lane.tell(gone)).await };
    let gone = &mut |gone| watch(CopyEvent::Gone(gone));
    let mut all = Gone::default();
    lanes::each((source, target), work, gone).await?.into_iter().for_each(|done| all.add(done));
    Ok(all)
}

/// Whether one may be copied to the other; from then on the target is not served from.
async fn begin(source: &Side, target: &Side) -> Result<(), MoveError> {
    let (from, to) = (source.name(), target.name());
    if from == to {
        return Err(MoveError::Same(from));
    }
    let (found, other) = (source.schema().await?, target.schema().await?);
    if found != other {
        let (older, newer) = if found < other { (from, to) } else { (to, from) };
        let (found, other) = (found.min(other), found.max(other));
        return Err(MoveError::Schemas { older, found, newer, other });
    }
    let of_target = target.moving().await?;
    let half = of_target == Some(Moving::From(from.clone()));
    match source.moving().await? {
        None => {}
        // It was interrupted in the last pass, or behind it.
        Some(Moving::To(place)) if place == to && half => {}
        Some(Moving::To(place)) => return Err(MoveError::Moved { source_place: from, to: place }),
        Some(Moving::From(place)) => return Err(MoveError::Half { source_place: from, from: place }),
    }
    match of_target {
        _ if half => {}
        Some(Moving::From(other)) => return Err(MoveError::OfAnother { target: to, from: other }),
        // It has moved away, so nobody needs what it has.
        Some(Moving::To(_)) => {}
        None if all_rows(target).await? == 0 => {}
        None => return Err(MoveError::NotEmpty(to)),
    }
    target.set_moving(Some(&Moving::From(from))).await
}

/// The source when nobody writes to it any more; `None` if somebody still serves from it. One in PostgreSQL says from then on
/// where it goes, which every change there has as a condition; what was begun before is waited for.
async fn at_rest(
    from: &Database,
    source: Several,
    to: String,
    watch: &mut dyn FnMut(CopyEvent),
) -> Result<Option<Several>, MoveError> {
    let Database::Postgres(options, _) = from else {
        // It cannot be the only one to have it while it reads beside.
        drop(source);
        return match Side::alone(from).await {
            Err(MoveError::Sqlite(OpenError::InUse(_))) => Ok(None),
            alone => Several::to_read(alone?, from).await.map(Some),
        };
    };
    source.first().set_moving(Some(&Moving::To(to))).await?;
    watch(CopyEvent::Leaving);
    tokio::time::sleep(options.statements_end()).await;
    Ok(Some(source))
}

async fn verified(sources: &Several, targets: &Several) -> Result<CopyFacts, MoveError> {
    let (source, target, mut rows) = (sources.first(), targets.first(), Vec::new());
    if source.beside_chains().await? != 0 {
        return Err(MoveError::Unlinked(source.name()));
    }
    for table in tables() {
        let (here, there) = (source.count(table).await?, target.count(table).await?);
        if here != there {
            let rows = here.abs_diff(there);
            return Err(MoveError::Differs { place: target.name(), table: table.name, rows });
        }
        rows.push((table.name, here));
    }
    let work = |lane: Lane| async move {
        let differing = pass::ends(lane.sides(), &lane.parts).await?.differing;
        ends::prove(&lane.source, &lane.parts).await?;
        let (events, whole, census) = chains::verify(&lane.target, &lane.parts).await?;
        ends::enrol(&lane.target, &lane.parts, &census).await?;
        Ok((differing, events, whole))
    };
    let (mut differing, mut links, mut chains) = (0, 0, 0);
    for (ends, events, whole) in lanes::each((sources, targets), work, &mut |_| {}).await? {
        (differing, links, chains) = (differing + ends, links + events, chains + whole);
    }
    if differing > 0 {
        return Err(MoveError::Differs { place: target.name(), table: AUDIT_HEADS.name, rows: differing });
    }
    Ok(CopyFacts { from: source.name(), to: target.name(), rows, links, chains })
}

/// First nobody serves from the source any more, and then somebody may from the target.
async fn finish(source: &Side, target: &Side) -> Result<(), MoveError> {
    source.set_moving(Some(&Moving::To(target.name()))).await?;
    target.set_moving(None).await
}

/// Lets a database be served from again that has moved, or was left in the middle of it. What was changed in the other one
/// meanwhile is not in it, so it is an older copy from then on, as if it were a backup that was restored.
///
/// # Errors
/// [`MoveError`], among others if it is half a copy of another.
pub async fn reopen(at: &Database, now: Timestamp) -> Result<(), MoveError> {
    let side = Side::alone(at).await?;
    match side.moving().await? {
        Some(Moving::From(from)) => return Err(MoveError::Half { source_place: side.name(), from }),
        Some(Moving::To(_)) => side.restored(now).await?,
        None => {}
    }
    side.set_moving(None).await
}

/// Compares two databases and changes nothing: every row, and every chain of both.
///
/// # Errors
/// [`MoveError`] if they cannot be read, or a chain is broken.
pub async fn check_copy(
    from: &Database,
    to: &Database,
    watch: &mut dyn FnMut(CopyEvent),
) -> Result<Vec<Compared>, MoveError> {
    let sources = Several::to_read(Side::beside(from).await?, from).await?;
    let targets = Several::to_read(Side::beside(to).await?, to).await?;
    let (source, target) = (sources.first(), targets.first());
    watch(CopyEvent::Pass { number: 1, rows: all_rows(source).await? });
    let gone = &mut |gone| watch(CopyEvent::Gone(gone));
    let work = |lane: Lane| async move {
        pass::compare(lane.sides(), &lane.parts, &mut |gone| lane.tell(gone)).await
    };
    let mut compared = pass::together(lanes::each((&sources, &targets), work, gone).await?);
    watch(CopyEvent::Verifying);
    let work = |lane: Lane| async move {
        for side in [&lane.source, &lane.target] {
            chains::verify(side, &lane.parts).await?;
            ends::prove(side, &lane.parts).await?;
        }
        Ok(())
    };
    lanes::each((&sources, &targets), work, &mut |_| {}).await?;
    let (here, there) = (source.count(&AUDIT_EVENTS).await?, target.count(&AUDIT_EVENTS).await?);
    compared.push(Compared { table: AUDIT_EVENTS.name, rows: here, differing: here.abs_diff(there) });
    compared.push(restored::compare(source, target).await?);
    Ok(compared)
}

fn tables() -> impl Iterator<Item = &'static Table> {
    PLAIN.into_iter().chain([&AUDIT_HEADS, &AUDIT_EVENTS])
}

/// All rows that are looked at in a pass.
async fn all_rows(side: &Side) -> Result<u64, MoveError> {
    let mut rows = 0;
    for table in tables() {
        rows += side.count(table).await?;
    }
    Ok(rows)
}
