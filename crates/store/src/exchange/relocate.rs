//! A part from one of several databases to another, while it is served. It can be stopped anywhere and begun again: what the
//! databases say of the part tells how far it got.
//!
//! 1. It is *arriving* at the target, where nobody sees it. Its rows are copied while the source changes them.
//! 2. It is *leaving* the source: nothing of it is written any more. What was begun before is waited for, and what it changed is
//!    copied; then both have the same.
//! 3. It is *gone* from the source: nobody reads it there any more.
//! 4. It is *here* at the target. Between 3 and 4 it is nowhere, for as long as a statement takes, so that it is never in two
//!    places; nodes wait.
//! 5. The source's rows of it are removed.

use std::ops::RangeInclusive;

use super::error::MoveError;
use super::pass::{self, Gone};
use super::placements::State;
use super::side::{Asked, Side, Wanted};
use super::table::{AUDIT_EVENTS, AUDIT_HEADS, PLAIN};
use super::{CopyEvent, Place, chains};
use crate::PostgresOptions;
use crate::postgres::exchange::Value;

/// As many of its rows are removed at once.
const AT_ONCE: u16 = 500;
const LITTLE: u64 = 50;
const MOST_PASSES: u32 = 20;

/// Moves a part to one of these databases, by its number. Two of these must not move the same part at once.
///
/// # Errors
/// [`MoveError`]; done again, it goes on.
pub async fn move_part(
    shards: &[PostgresOptions],
    part: u8,
    to: usize,
    watch: &mut dyn FnMut(CopyEvent),
) -> Result<(), MoveError> {
    let mut sides = Vec::new();
    for shard in shards {
        sides.push(Side::alone(&super::Database::Postgres(shard.clone())).await?);
    }
    let target = sides.get(to).ok_or(MoveError::NoShard(to))?;
    let from = owner(&sides, part).await?;
    let source = sides.get(from).ok_or(MoveError::NoShard(from))?;
    if from != to {
        let wait = shards.iter().map(PostgresOptions::statements_end).max().unwrap_or_default();
        arrive(&sides, part, to).await?;
        copy(source, target, part, watch).await?;
        if state(source, part).await? == Some(State::Here) {
            turn(source, part, State::Here, State::Leaving).await?;
        }
        watch(CopyEvent::Leaving);
        tokio::time::sleep(wait).await;
        pass::pass((source, target), &of(part), true, &mut |gone| watch(CopyEvent::Gone(gone))).await?;
        watch(CopyEvent::Verifying);
        verify(source, target, part).await?;
        take_lease_along(source, target, part).await?;
        turn(source, part, State::Leaving, State::Gone).await?;
        turn(target, part, State::Arriving, State::Here).await?;
    }
    for (number, side) in sides.iter().enumerate() {
        if number != to {
            remove(side, part, watch).await?;
        }
    }
    Ok(())
}

const fn of(part: u8) -> RangeInclusive<u8> {
    part..=part
}

/// Which of the databases the part is served from. If it is from none, it was on its way, and all of it had arrived.
async fn owner(sides: &[Side], part: u8) -> Result<usize, MoveError> {
    let mut states = Vec::new();
    for side in sides {
        states.push(state(side, part).await?);
    }
    let which = |is: &dyn Fn(State) -> bool| -> Vec<usize> {
        let all = states.iter().enumerate();
        all.filter(|(_, state)| state.is_some_and(is)).map(|(number, _)| number).collect()
    };
    match which(&State::is_served)[..] {
        [owner] => return Ok(owner),
        [] => {}
        _ => return Err(MoveError::Twice(part)),
    }
    let [arrived] = which(&|state| state == State::Arriving)[..] else {
        return Err(MoveError::Nowhere(part));
    };
    let side = sides.get(arrived).ok_or(MoveError::NoShard(arrived))?;
    turn(side, part, State::Arriving, State::Here).await?;
    Ok(arrived)
}

/// From now on it arrives there and nowhere else.
async fn arrive(sides: &[Side], part: u8, to: usize) -> Result<(), MoveError> {
    for (number, side) in sides.iter().enumerate() {
        if number != to && state(side, part).await? == Some(State::Arriving) {
            turn(side, part, State::Arriving, State::Gone).await?;
        }
    }
    match sides.get(to) {
        Some(Side::Postgres(target)) => target.place(std::iter::once(part), State::Arriving).await,
        _ => Err(MoveError::NoShard(to)),
    }
}

/// Pass after pass, until little is left.
async fn copy(
    source: &Side,
    target: &Side,
    part: u8,
    watch: &mut dyn FnMut(CopyEvent),
) -> Result<(), MoveError> {
    for number in 1..=MOST_PASSES {
        watch(CopyEvent::Pass { number, rows: 0 });
        let gone = &mut |gone| watch(CopyEvent::Gone(gone));
        let done = pass::pass((source, target), &of(part), number == 1, gone).await?;
        if done.changes() <= LITTLE {
            break;
        }
    }
    Ok(())
}

async fn verify(source: &Side, target: &Side, part: u8) -> Result<(), MoveError> {
    let compared = pass::compare((source, target), &of(part), &mut |_| {}).await?;
    if let Some(table) = compared.iter().find(|table| table.differing > 0) {
        return Err(MoveError::Differs { place: target.name(), table: table.table, rows: table.differing });
    }
    chains::verify(target, &of(part)).await.map(drop)
}

/// Who acted for it does so on, and what somebody else began under another lease is refused.
async fn take_lease_along(source: &Side, target: &Side, part: u8) -> Result<(), MoveError> {
    let (Side::Postgres(source), Side::Postgres(target)) = (source, target) else { return Ok(()) };
    let values = [Value::Integer(part.into())];
    let rows = source.run("SELECT node, epoch, expires FROM leases WHERE part = $1", &values).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let senseless = |_| MoveError::Senseless { place: source.name().to_owned(), table: "leases" };
    let values = [
        Value::Integer(part.into()),
        Value::Id(row.try_get(0).map_err(senseless)?),
        Value::Integer(row.try_get(1).map_err(senseless)?),
        Value::Integer(row.try_get(2).map_err(senseless)?),
    ];
    let sql = "INSERT INTO leases (part, node, epoch, expires) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (part) DO UPDATE SET node = excluded.node, expires = excluded.expires, \
        epoch = CASE WHEN leases.epoch < excluded.epoch THEN excluded.epoch ELSE leases.epoch + 1 END";
    target.run(sql, &values).await.map(drop)
}

/// Removes the rows of a part that is gone. Where chains end goes first: an end that is there has all before it.
async fn remove(side: &Side, part: u8, watch: &mut dyn FnMut(CopyEvent)) -> Result<(), MoveError> {
    if state(side, part).await?.is_none_or(|state| state != State::Gone) {
        return Ok(());
    }
    for table in [&AUDIT_HEADS, &AUDIT_EVENTS].into_iter().chain(PLAIN) {
        loop {
            let after = Place::before(part);
            let asked = Asked { table, wanted: Wanted::All, after, last_part: part, at_most: AT_ONCE };
            let rows = side.rows(&asked).await?;
            let places: Option<Vec<_>> = rows.iter().map(|row| Place::of(row, table.key)).collect();
            let senseless = || MoveError::Senseless { place: side.name(), table: table.name };
            let places = places.ok_or_else(senseless)?;
            if places.is_empty() {
                break;
            }
            side.change(table, &[], &places).await?;
            watch(CopyEvent::Gone(Gone { removed: places.len() as u64, ..Gone::default() }));
        }
    }
    if let Side::Postgres(side) = side {
        side.run("DELETE FROM leases WHERE part = $1", &[Value::Integer(part.into())]).await?;
    }
    Ok(())
}

async fn state(side: &Side, part: u8) -> Result<Option<State>, MoveError> {
    let Side::Postgres(side) = side else { return Ok(None) };
    side.placement(part).await
}

/// Says something else of a part, if what is said of it is what it should be.
async fn turn(side: &Side, part: u8, from: State, to: State) -> Result<(), MoveError> {
    let Side::Postgres(side) = side else { return Ok(()) };
    if side.turn(part, from, to).await? {
        return Ok(());
    }
    Err(MoveError::Meddled { place: side.name().to_owned(), part })
}
