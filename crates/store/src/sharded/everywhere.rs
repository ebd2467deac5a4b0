//! What is asked of all databases.

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use gangway_engine::StoreError;
use tokio::time::Instant;

use super::{PAUSE, ShardedStore, on_its_way};
use crate::PostgresStore;
use crate::exchange::placements::State;
use crate::postgres::Placements;

/// What some of them answer.
#[derive(Debug)]
pub(super) struct Heard<T> {
    pub(super) answers: Vec<T>,
    /// Why another of them did not.
    pub(super) left_out: Option<StoreError>,
}

impl ShardedStore {
    /// What all of them answer.
    pub(super) async fn everywhere<'a, T>(
        &'a self,
        ask: impl Fn(&'a PostgresStore) -> BoxFuture<'a, Result<T, StoreError>>,
    ) -> Result<Vec<T>, StoreError>
    where
        T: Send + 'a,
    {
        if let Some(absence) = self.absence() {
            return Err(absence);
        }
        let Heard { answers, left_out } = self.at_one_time(ask).await?;
        left_out.map_or(Ok(answers), Err)
    }

    /// What those of them answer that do. A part that moves meanwhile must be neither twice in it nor missing: so they are
    /// asked what they have before and after, and again if that changed.
    pub(super) async fn at_one_time<'a, T>(
        &'a self,
        ask: impl Fn(&'a PostgresStore) -> BoxFuture<'a, Result<T, StoreError>>,
    ) -> Result<Heard<T>, StoreError>
    where
        T: Send + 'a,
    {
        let until = self.ends();
        loop {
            let Heard { answers: all, left_out } =
                self.heard(|store| with_placements(store, ask(store)).boxed()).await?;
            let moved = (0..=u8::MAX).find(|part| !has_one_place(*part, &all, left_out.is_some()));
            let Some(part) = moved else {
                return Ok(Heard {
                    answers: all.into_iter().map(|(_, answer, _)| answer).collect(),
                    left_out,
                });
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
        self.heard(ask).await.map(|heard| heard.answers)
    }

    /// How much was forgotten, by one after the other, until it is as much as was asked.
    pub(super) async fn forgotten<'a>(
        &'a self,
        at_most: usize,
        forget: impl Fn(&'a PostgresStore, usize) -> BoxFuture<'a, Result<usize, StoreError>>,
    ) -> Result<usize, StoreError> {
        let mut forgotten = 0;
        let mut fault = None;
        for shard in self.shards.iter().filter(|shard| shard.is_there()) {
            match forget(shard.store(), at_most - forgotten).await {
                Ok(count) => forgotten += count.min(at_most - forgotten),
                Err(error) => fault = Some(error),
            }
            if forgotten == at_most {
                return Ok(forgotten);
            }
        }
        fault.map_or(Ok(forgotten), Err)
    }

    /// An error only if none answers.
    async fn heard<'a, T>(
        &'a self,
        ask: impl Fn(&'a PostgresStore) -> BoxFuture<'a, Result<T, StoreError>>,
    ) -> Result<Heard<T>, StoreError> {
        let all = join_all(self.shards.iter().map(|shard| shard.ask(&ask))).await;
        let (mut answers, mut left_out) = (Vec::new(), None);
        for (shard, answer) in self.shards.iter().zip(all) {
            match answer {
                Ok(answer) => answers.push(answer),
                Err(error) => {
                    // Of one that never was there it is said elsewhere.
                    if shard.is_there() {
                        tracing::warn!(%error, database = shard.number(), "one of the databases is left out");
                    }
                    left_out = Some(error);
                }
            }
        }
        match left_out {
            Some(fault) if answers.is_empty() => Err(fault),
            left_out => Ok(Heard { answers, left_out }),
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

/// Whether one of them had the part all the time, and none of the others at any. It may be with none, if there are others
/// that were not heard.
fn has_one_place<T>(part: u8, all: &[(Placements, T, Placements)], or_none: bool) -> bool {
    let served =
        |said: &Placements| said.get(usize::from(part)).copied().flatten().is_some_and(State::is_served);
    let places = all.iter().map(|(before, _, after)| (served(before), served(after)));
    let count = places.clone().filter(|(before, _)| *before).count();
    places.clone().all(|(before, after)| before == after) && (count == 1 || (or_none && count == 0))
}
