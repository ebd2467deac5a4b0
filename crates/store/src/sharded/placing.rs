//! Where parts are when several databases are opened: where they say, and of parts that none of them says anything of, where
//! the configuration does. That is so only where all of them are asked: what cannot be seen is not free.

use std::time::Duration;

use futures_util::future::join_all;
use gangway_engine::StoreError;

use super::shard::Shard;
use super::{ShardError, ShardOptions};
use crate::exchange::placements::State;
use crate::postgres::Placements;

/// What the databases say, by their numbers; `None` of those that are not asked.
struct Said(Vec<Option<Placements>>);

/// Two statements of a move have been done by then.
const A_MOMENT: Duration = Duration::from_millis(100);

/// Has every database that is there, or comes just now, say of every part whether it is there.
pub(super) async fn place(
    shards: &[Shard],
    options: &[ShardOptions],
    comes: impl Fn(&Shard) -> bool,
) -> Result<(), ShardError> {
    let asked: Vec<_> = shards.iter().map(|shard| shard.is_there() || comes(shard)).collect();
    let mut said = ask(shards, &asked).await?;
    if said.check(options).is_err_and(|error| matches!(error, ShardError::Twice(..))) {
        // One may have been asked before a part left it, and another after it came there.
        tokio::time::sleep(A_MOMENT).await;
        said = ask(shards, &asked).await?;
    }
    said.check(options)?;
    let is_here = |shard, part| said.is_new(part) && is_given(options, shard, part);
    let asked = || shards.iter().filter(|shard| said.of(shard.number()).is_some());
    for shard in asked() {
        let others = parts(|part| said.is_new(part) && !is_here(shard.number(), part));
        if let Some(part) = shard.store().has_any_of(&others).await.map_err(unreadable(shard))? {
            return Err(ShardError::HasRows { part, shard: shard.number() });
        }
    }
    // Everywhere first what is there: that a part is gone says that it is somewhere, however this is cut short.
    for shard in asked() {
        let here = parts(|part| is_here(shard.number(), part));
        shard.store().place_first(&here, State::Here).await.map_err(unreadable(shard))?;
    }
    for shard in asked() {
        let is_unsaid = |part| said.state(shard.number(), part).is_none();
        let gone = parts(|part| is_unsaid(part) && !is_here(shard.number(), part));
        shard.store().place_first(&gone, State::Gone).await.map_err(unreadable(shard))?;
    }
    Ok(())
}

fn unreadable(shard: &Shard) -> impl Fn(StoreError) -> ShardError {
    let number = shard.number();
    move |error| ShardError::Unreadable(number, error)
}

fn parts(wanted: impl Fn(u8) -> bool) -> Vec<u8> {
    (0..=u8::MAX).filter(|part| wanted(*part)).collect()
}

/// What they say. Of one that was there already, and does not answer just now, nothing is known.
async fn ask(shards: &[Shard], asked: &[bool]) -> Result<Said, ShardError> {
    let one = async |(shard, asked): (&Shard, &bool)| {
        if !asked {
            return Ok(None);
        }
        match shard.store().placements().await {
            Ok(said) => Ok(Some(said)),
            Err(_) if shard.is_there() => Ok(None),
            Err(error) => Err(unreadable(shard)(error)),
        }
    };
    join_all(shards.iter().zip(asked).map(one)).await.into_iter().collect::<Result<_, _>>().map(Said)
}

impl Said {
    fn of(&self, shard: usize) -> Option<&Placements> {
        self.0.get(shard)?.as_ref()
    }

    fn state(&self, shard: usize, part: u8) -> Option<State> {
        self.of(shard)?.get(usize::from(part)).copied().flatten()
    }

    /// Whether nothing is said of it by any of those that are asked.
    fn is_new(&self, part: u8) -> bool {
        (0..self.0.len()).all(|shard| self.state(shard, part).is_none())
    }

    /// Whether every part has one place, as far as can be seen, or is given one.
    fn check(&self, options: &[ShardOptions]) -> Result<(), ShardError> {
        let unseen = self.0.iter().position(Option::is_none);
        for part in 0..=u8::MAX {
            let is_served = |shard| self.state(shard, part).is_some_and(State::is_served);
            only_one(part, (0..self.0.len()).map(is_served))?;
            if !self.is_new(part) {
                continue;
            }
            if let Some(shard) = unseen {
                return Err(ShardError::Unseen { part, shard });
            }
            let given = (0..self.0.len()).map(|shard| is_given(options, shard, part));
            only_one(part, given.clone())?;
            if !given.into_iter().any(|given| given) {
                return Err(ShardError::Nowhere(part));
            }
        }
        Ok(())
    }
}

/// Whether the configuration says that it is there to begin with.
fn is_given(options: &[ShardOptions], shard: usize, part: u8) -> bool {
    options.get(shard).is_some_and(|shard| shard.parts.iter().any(|parts| parts.contains(&part)))
}

fn only_one(part: u8, has: impl Iterator<Item = bool>) -> Result<(), ShardError> {
    let mut all = has.enumerate().filter(|(_, has)| *has).map(|(shard, _)| shard);
    match (all.next(), all.next()) {
        (Some(first), Some(second)) => Err(ShardError::Twice(part, first, second)),
        _ => Ok(()),
    }
}
