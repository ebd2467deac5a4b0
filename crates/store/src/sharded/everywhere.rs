//! What is asked of all databases.

use futures_util::future::{BoxFuture, join_all};
use gangway_engine::StoreError;
use tokio::time::Instant;

use super::{PAUSE, ShardedStore, on_its_way};
use crate::PostgresStore;
use crate::exchange::placements::State;
use crate::postgres::Placements;

impl ShardedStore {
    /// What all of them answer. A part that moves meanwhile must be neither twice in it nor missing: so they are asked what
    /// they have before and after, and again if that changed.
    pub(super) async fn everywhere<'a, T>(
        &'a self,
        ask: impl Fn(&'a PostgresStore) -> BoxFuture<'a, Result<T, StoreError>>,
    ) -> Result<Vec<T>, StoreError> {
        let until = self.ends();
        loop {
            let all = join_all(self.shards.iter().map(|shard| with_placements(shard, ask(shard)))).await;
            let all = all.into_iter().collect::<Result<Vec<_>, _>>()?;
            let moved = (0..=u8::MAX).find(|part| !has_one_place(*part, &all));
            let Some(part) = moved else {
                return Ok(all.into_iter().map(|(_, answer, _)| answer).collect());
            };
            if Instant::now() + PAUSE >= until {
                return Err(on_its_way(part));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What those of them answer that do: what is not done for one of them now is done later.
    pub(super) async fn wherever<'a, T>(
        &'a self,
        ask: impl Fn(&'a PostgresStore) -> BoxFuture<'a, Result<T, StoreError>>,
    ) -> Result<Vec<T>, StoreError> {
        let all = join_all(self.shards.iter().map(ask)).await;
        let (mut answers, mut fault) = (Vec::new(), None);
        for answer in all {
            match answer {
                Ok(answer) => answers.push(answer),
                Err(error) => {
                    tracing::warn!(%error, "one of the databases is left out");
                    fault = Some(error);
                }
            }
        }
        match fault {
            Some(fault) if answers.is_empty() => Err(fault),
            _ => Ok(answers),
        }
    }
}

async fn with_placements<T>(
    shard: &PostgresStore,
    answer: BoxFuture<'_, Result<T, StoreError>>,
) -> Result<(Placements, T, Placements), StoreError> {
    let before = shard.placements().await?;
    let answer = answer.await?;
    Ok((before, answer, shard.placements().await?))
}

/// Whether one of them had the part all the time, and none of the others at any.
fn has_one_place<T>(part: u8, all: &[(Placements, T, Placements)]) -> bool {
    let served =
        |said: &Placements| said.get(usize::from(part)).copied().flatten().is_some_and(State::is_served);
    let places = all.iter().map(|(before, _, after)| (served(before), served(after)));
    places.clone().all(|(before, after)| before == after) && places.filter(|(before, _)| *before).count() == 1
}
