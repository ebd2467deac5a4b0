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
//!
//! Whoever moves a part puts a number of their own beside what the source says of it, and is overtaken by who does so after
//! them: only with the last number the part leaves and is gone. Rows are written in the target only while it says with the
//! same number that they arrive, and removed only where the part is gone, each in one transaction with a look at that. So any
//! number may move a part at once: all but one of them are told that somebody else does.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::ends;
use super::error::MoveError;
use super::pass::{self, Gone};
use super::placements::{Said, State};
use super::side::{Asked, Side, Wanted};
use super::table::{AUDIT_EVENTS, AUDIT_HEADS, PLAIN};
use super::{CopyEvent, Place, chains};
use crate::audit::Census;
use crate::postgres::exchange::Value;
use crate::{AuditKey, PostgresOptions};

/// As many of its rows are removed at once.
const AT_ONCE: u16 = 500;
const LITTLE: u64 = 50;
const MOST_PASSES: u32 = 20;

/// Moves a part to one of these databases, by its number. Of two who move the same part at once, the first is told.
///
/// # Errors
/// [`MoveError`]; done again, it goes on.
pub async fn move_part(
    shards: &[PostgresOptions],
    key: &AuditKey,
    part: u8,
    to: usize,
    watch: &mut dyn FnMut(CopyEvent),
) -> Result<(), MoveError> {
    let mut sides = Vec::new();
    for shard in shards {
        sides.push(Side::alone(&super::Database::Postgres(shard.clone(), key.clone())).await?);
    }
    // Not 0, which is what nobody has said.
    let mover = Mover { part, number: rand::random_range(1..=i64::MAX) };
    sides.get(to).ok_or(MoveError::NoShard(to))?;
    let from = mover.owner(&sides, to).await?;
    if from != to {
        let wait = shards.iter().map(PostgresOptions::statements_end).max().unwrap_or_default();
        mover.arrive(&sides, from, to).await?;
        hold(sides.get_mut(to).ok_or(MoveError::NoShard(to))?, mover.says(State::Arriving));
        let (Some(source), Some(target)) = (sides.get(from), sides.get(to)) else {
            return Err(MoveError::NoShard(from));
        };
        let carried = mover.carry((source, target), wait, watch).await;
        // What another mover does looks like many things.
        if carried.is_err() && said(source, part).await?.is_none_or(|said| said.by != mover.number) {
            return Err(meddled(source, part));
        }
        carried?;
    }
    for (_, side) in sides.iter_mut().enumerate().filter(|(number, _)| *number != to) {
        remove(side, part, watch).await?;
    }
    Ok(())
}

/// Who moves a part.
#[derive(Clone, Copy)]
struct Mover {
    part: u8,
    number: i64,
}

const fn of(part: u8) -> RangeInclusive<u8> {
    part..=part
}

impl Mover {
    const fn says(self, state: State) -> Said {
        Said { part: self.part, state, by: self.number }
    }

    /// From where it is served to where it arrives, until it is served from there.
    async fn carry(
        self,
        (source, target): (&Side, &Side),
        wait: Duration,
        watch: &mut dyn FnMut(CopyEvent),
    ) -> Result<(), MoveError> {
        copy(source, target, self.part, watch).await?;
        if said(source, self.part).await? == Some(self.says(State::Here)) {
            turn(source, self.says(State::Here), self.says(State::Leaving)).await?;
        }
        watch(CopyEvent::Leaving);
        tokio::time::sleep(wait).await;
        let gone = &mut |gone| watch(CopyEvent::Gone(gone));
        pass::pass((source, target), &of(self.part), gone).await?;
        watch(CopyEvent::Verifying);
        verify(source, target, self.part).await?;
        take_lease_along(source, target, self.part).await?;
        turn(source, self.says(State::Leaving), self.says(State::Gone)).await?;
        turn(target, self.says(State::Arriving), self.says(State::Here)).await
    }

    /// Which of the databases the part is served from; it knows from then on who moves it. If it is served from none, it was
    /// on its way, and all of it had arrived with who had it leave. Where it is to be, it does not leave any more.
    async fn owner(self, sides: &[Side], to: usize) -> Result<usize, MoveError> {
        let is_served = |said: &Said| said.state.is_served();
        let mut all = self.all(sides).await?;
        if all.iter().filter(|(_, said)| is_served(said)).count() > 1 {
            // One may have been asked before the part left it, and another after it came there.
            all = self.all(sides).await?;
        }
        let served: Vec<_> = all.iter().filter(|(_, said)| is_served(said)).collect();
        let left_by = |by: i64| all.iter().any(|(_, said)| said.state == State::Gone && said.by == by);
        let has_arrived = |said: &Said| said.state == State::Arriving && left_by(said.by);
        let arrived: Vec<_> = all.iter().filter(|(_, said)| has_arrived(said)).collect();
        let (owner, is, state) = match (&served[..], &arrived[..]) {
            ([(owner, is)], _) if *owner == to => (*owner, *is, State::Here),
            ([(owner, is)], _) => (*owner, *is, is.state),
            ([], [(owner, is)]) => (*owner, *is, State::Here),
            ([], _) => return Err(MoveError::Nowhere(self.part)),
            _ => return Err(MoveError::Twice(self.part)),
        };
        turn(sides.get(owner).ok_or(MoveError::NoShard(owner))?, is, self.says(state)).await?;
        Ok(owner)
    }

    /// What they say of it, those that say anything.
    async fn all(self, sides: &[Side]) -> Result<Vec<(usize, Said)>, MoveError> {
        let mut all = Vec::new();
        for (number, side) in sides.iter().enumerate() {
            all.extend(said(side, self.part).await?.map(|said| (number, said)));
        }
        Ok(all)
    }

    /// From now on it arrives there and nowhere else.
    async fn arrive(self, sides: &[Side], from: usize, to: usize) -> Result<(), MoveError> {
        let source = sides.get(from).ok_or(MoveError::NoShard(from))?;
        for (number, side) in sides.iter().enumerate().filter(|(number, _)| *number != from) {
            let is = said(side, self.part).await?;
            // What somebody said who came later is theirs, and they told the source before.
            if said(source, self.part).await?.is_none_or(|said| said.by != self.number) {
                return Err(meddled(source, self.part));
            }
            match is {
                None if number == to => say_first(side, self.says(State::Arriving)).await?,
                Some(is) if number == to && !is.state.is_served() => {
                    turn(side, is, self.says(State::Arriving)).await?;
                }
                Some(_) if number == to => return Err(meddled(side, self.part)),
                // The number stays: of this one it is not said that all of it has arrived elsewhere.
                Some(is) if is.state == State::Arriving => {
                    turn(side, is, Said { state: State::Gone, ..is }).await?;
                }
                Some(_) | None => {}
            }
        }
        Ok(())
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
        let done = pass::pass((source, target), &of(part), gone).await?;
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
    ends::prove(source, &of(part)).await?;
    let (_, _, census) = chains::verify(target, &of(part)).await?;
    ends::enrol(target, &of(part), &census).await
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
    target.write(sql, &values).await
}

/// Removes the rows of a part that is gone. Where chains end goes first: an end that is there has all before it.
async fn remove(side: &mut Side, part: u8, watch: &mut dyn FnMut(CopyEvent)) -> Result<(), MoveError> {
    let Some(gone) = said(side, part).await?.filter(|said| said.state == State::Gone) else { return Ok(()) };
    hold(side, gone);
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
        if table.name == AUDIT_HEADS.name {
            ends::enrol(side, &of(part), &Census::default()).await?;
        }
    }
    if let Side::Postgres(side) = side {
        side.write("DELETE FROM leases WHERE part = $1", &[Value::Integer(part.into())]).await?;
    }
    Ok(())
}

async fn said(side: &Side, part: u8) -> Result<Option<Said>, MoveError> {
    let Side::Postgres(side) = side else { return Ok(None) };
    side.placement(part).await
}

/// From now on its rows are changed only while this is said of the part.
const fn hold(side: &mut Side, said: Said) {
    if let Side::Postgres(side) = side {
        side.hold(said);
    }
}

async fn say_first(side: &Side, said: Said) -> Result<(), MoveError> {
    let Side::Postgres(postgres) = side else { return Ok(()) };
    if postgres.say_first(said).await? { Ok(()) } else { Err(meddled(side, said.part)) }
}

/// Says something else of a part, if what is said of it is what it should be.
async fn turn(side: &Side, from: Said, to: Said) -> Result<(), MoveError> {
    let Side::Postgres(postgres) = side else { return Ok(()) };
    if postgres.turn(from, to).await? { Ok(()) } else { Err(meddled(side, from.part)) }
}

fn meddled(side: &Side, part: u8) -> MoveError {
    MoveError::Meddled { place: side.name(), part }
}
