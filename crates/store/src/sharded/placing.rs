//! Where parts are when several databases are opened: where they say, and of parts that none of them says anything of, where
//! the configuration does.

use super::{ShardError, ShardOptions};
use crate::PostgresStore;
use crate::exchange::placements::State;

/// Has every database say of every part whether it is there.
pub(super) async fn place_first(
    shards: &[PostgresStore],
    options: &[ShardOptions],
) -> Result<(), ShardError> {
    let mut said = Vec::new();
    for (number, shard) in shards.iter().enumerate() {
        said.push(shard.placements().await.map_err(|error| ShardError::Unreadable(number, error))?);
    }
    let of = |shard: usize, part: u8| said.get(shard).and_then(|said| said.get(usize::from(part))).copied();
    for part in 0..=u8::MAX {
        let known: Vec<_> = (0..shards.len()).map(|shard| of(shard, part).flatten()).collect();
        only_one(part, known.iter().map(|state| state.is_some_and(State::is_served)))?;
        if known.iter().all(Option::is_none) {
            let given = options.iter().map(|shard| shard.parts.iter().any(|parts| parts.contains(&part)));
            only_one(part, given.clone())?;
            if !given.into_iter().any(|given| given) {
                return Err(ShardError::Nowhere(part));
            }
        }
    }
    for (number, shard) in shards.iter().enumerate() {
        let (mut here, mut gone, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for part in 0..=u8::MAX {
            let new = (0..shards.len()).all(|shard| of(shard, part).flatten().is_none());
            let given = options
                .get(number)
                .is_some_and(|shard| shard.parts.iter().any(|parts| parts.contains(&part)));
            if new && given {
                here.push(part);
            } else if of(number, part).flatten().is_none() {
                gone.push(part);
                others.extend(new.then_some(part));
            }
        }
        let failed = move |error| ShardError::Unreadable(number, error);
        if let Some(part) = shard.has_any_of(&others).await.map_err(failed)? {
            return Err(ShardError::HasRows { part, shard: number });
        }
        shard.place_first(&gone, State::Gone).await.map_err(failed)?;
        shard.place_first(&here, State::Here).await.map_err(failed)?;
    }
    Ok(())
}

fn only_one(part: u8, has: impl Iterator<Item = bool>) -> Result<(), ShardError> {
    let mut all = has.enumerate().filter(|(_, has)| *has).map(|(shard, _)| shard);
    match (all.next(), all.next()) {
        (Some(first), Some(second)) => Err(ShardError::Twice(part, first, second)),
        _ => Ok(()),
    }
}
