//! Several databases as one, and parts that move between them.

mod away;
mod movers;
mod moving;
mod placing;

use std::time::Duration;

use gangway_store::{PostgresOptions, ShardOptions, ShardedStore};

use crate::distributed::options_of_a_new_database;

use crate::samples::key;

/// Two databases, each with every other part, and a store of both. What was begun in them is over soon.
pub(crate) async fn store() -> (Vec<ShardOptions>, ShardedStore) {
    let shards = shards().await;
    let store = ShardedStore::open(&shards, &key()).await.unwrap();
    (shards, store)
}

async fn shards() -> Vec<ShardOptions> {
    let mut shards = Vec::new();
    for first in [0, 1] {
        let database = options_of_a_new_database().await;
        let parts = (first..=u8::MAX).step_by(2).map(|part| part..=part).collect();
        shards.push(ShardOptions { database, parts });
    }
    shards
}

/// The same databases, for who moves parts between them while nobody writes.
fn places(shards: &[ShardOptions]) -> Vec<PostgresOptions> {
    places_at_rest_after(shards, Duration::from_millis(80))
}

/// The same databases, where what was begun is over then.
fn places_at_rest_after(shards: &[ShardOptions], soon: Duration) -> Vec<PostgresOptions> {
    let place = |shard: &ShardOptions| {
        let database = shard.database.clone();
        PostgresOptions { point_lasts: soon, commit_lasts: soon, ..database }
    };
    shards.iter().map(place).collect()
}
