use gangway_engine::Store as _;
use gangway_store::{PostgresStore, ShardError, ShardOptions, ShardedStore};

use super::{places, shards, store};
use crate::samples::{CONTOSO, key, partners_in, read, stored};

#[tokio::test]
async fn the_databases_know_where_parts_are_whatever_the_configuration_says_later() {
    let (mut shards, store) = store().await;
    let partner = stored(&store, CONTOSO).await;
    let parts = shards[0].parts.clone();
    shards[0].parts = shards[1].parts.clone();
    shards[1].parts = parts;
    let other = ShardedStore::open(&shards, &key()).await.unwrap();
    assert_eq!(read(&other, &partner).await, Some(partner.clone()));
    for shard in &mut shards {
        shard.parts.clear();
    }
    let other = ShardedStore::open(&shards, &key()).await.unwrap();
    assert_eq!(read(&other, &partner).await, Some(partner));
}

#[tokio::test]
async fn a_part_has_one_place_to_begin_with() {
    let mut shards = shards().await;
    let opened =
        |shards: Vec<ShardOptions>| async move { ShardedStore::open(&shards, &key()).await.map(drop) };
    shards[0].parts = vec![0..=100];
    shards[1].parts = vec![100..=255];
    assert!(matches!(opened(shards.clone()).await, Err(ShardError::Twice(100, 0, 1))));
    shards[1].parts = vec![102..=255];
    assert!(matches!(opened(shards.clone()).await, Err(ShardError::Nowhere(101))));
    assert!(matches!(opened(vec![]).await, Err(ShardError::Count(0))));
    // None of that has left anything behind.
    shards[1].parts = vec![101..=255];
    opened(shards).await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_in_use_is_not_parted_by_the_configuration() {
    let mut shards = shards().await;
    let alone = PostgresStore::open(&shards[0].database, &key()).await.unwrap();
    let partner = stored(&alone, CONTOSO).await;
    let part = CONTOSO.part().0;
    let one = usize::from(part % 2);
    let other = 1 - one;
    shards.swap(0, other);
    let refused = ShardedStore::open(&shards, &key()).await.map(drop).unwrap_err();
    assert!(matches!(refused, ShardError::HasRows { shard, .. } if shard == other), "{refused} {one}");
    shards[other].parts = vec![0..=255];
    shards[one].parts = vec![];
    let store = ShardedStore::open(&shards, &key()).await.unwrap();
    assert_eq!(read(&store, &partner).await, Some(partner));
    gangway_store::move_part(&places(&shards), &key(), part, one, &mut |_| {}).await.unwrap();
    assert_eq!(partners_in(&store, CONTOSO).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_database_that_is_down_keeps_only_its_own_tenants_from_working() {
    let (mut shards, store) = store().await;
    let down = usize::from(CONTOSO.part().0 % 2);
    let partner = stored(&store, CONTOSO).await;
    let other = super::moving::tenant_in(CONTOSO.part().0 ^ 1);
    let kept = stored(&store, other).await;
    shards[down].database.connect_lasts = std::time::Duration::from_millis(200);
    store.shards()[down].close().await;
    assert!(store.partner(CONTOSO, partner.id).await.is_err());
    assert_eq!(read(&store, &kept).await, Some(kept));
    stored(&store, other).await;
    store.ready().await.unwrap();
    assert!(store.secrets(None, 10).await.is_err(), "not all of them are known");
}
