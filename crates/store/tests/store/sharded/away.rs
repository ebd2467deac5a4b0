//! A database that is not there when servers start.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_domain::{Partner, PartnerId};
use gangway_engine::{CommitError, NodeId, ReleaseFilter, Store as _, StoreError};
use gangway_private_postgres::Server;
use gangway_store::{AnyStore, MoveError, PostgresError, ShardError, ShardOptions, ShardedStore};
use uuid::Uuid;

use super::moving::tenant_in;
use super::{places, shards};
use crate::distributed::{Relay, Way, on_a_thread};
use crate::samples::{at, connected, insert, key, partner_of, pending, read, stored};

/// The store's last database is behind something that can be shut.
async fn shards_behind_a_relay() -> (Vec<ShardOptions>, Relay) {
    let mut shards = shards().await;
    let relay = Relay::to(Server::shared().port()).await;
    shards[1].database.url = relay.url(&shards[1].database.url);
    (shards, relay)
}

/// What is in the database, asked past everything.
async fn told(shard: &ShardOptions, sql: &'static str) -> String {
    let name = shard.database.url.rsplit('/').next().unwrap().to_owned();
    on_a_thread(move || Server::shared().psql(&name, sql)).await
}

const PLACEMENTS: &str = "SELECT part, state FROM placements ORDER BY part";

/// Asks until it is answered.
async fn comes_back(store: &ShardedStore, partner: &Partner) -> Partner {
    let begun = Instant::now();
    loop {
        match store.partner(partner.tenant, partner.id).await {
            Ok(found) => return found.unwrap(),
            Err(error) => assert!(begun.elapsed() < Duration::from_mins(1), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Partners of a part of each of the databases, connected, and with a release that is pending.
async fn partners_in_both(shards: &[ShardOptions]) -> [Partner; 2] {
    let store = ShardedStore::open(shards, &key()).await.unwrap();
    let (here, _) = connected(&store, tenant_in(4)).await;
    let (away, _) = connected(&store, tenant_in(5)).await;
    for partner in [&here, &away] {
        pending(&store, partner, at(0)).await;
    }
    store.close().await;
    [here, away]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_opens_without_a_database_that_is_away_and_serves_its_parts_when_it_is_there() {
    let (shards, relay) = shards_behind_a_relay().await;
    let [here, away] = partners_in_both(&shards).await;
    let before = [told(&shards[0], PLACEMENTS).await, told(&shards[1], PLACEMENTS).await];
    relay.turn(Way::Shut);
    relay.is_shut().await;
    let store = ShardedStore::open(&shards, &key()).await.unwrap();
    assert_eq!(store.reachable(), [true, false]);
    assert_eq!(read(&store, &here).await, Some(here.clone()));
    stored(&store, here.tenant).await;
    for _ in 0..3 {
        let begun = Instant::now();
        let refused = store.partner(away.tenant, away.id).await.unwrap_err();
        let StoreError::Unavailable(why) = &refused else { panic!("{refused:?}") };
        assert!(why.starts_with("database 1 of store.shard: '127.0.0.1:"), "{why}");
        assert!(why.contains("cannot be reached") && !why.contains("private:"), "{why}");
        let refused = store.commit(insert(&partner_of(away.tenant))).await.unwrap_err();
        assert!(matches!(refused, CommitError::Store(StoreError::Unavailable(_))), "{refused:?}");
        assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    }
    relay.turn(Way::Open);
    assert_eq!(comes_back(&store, &away).await, away);
    assert_eq!(store.reachable(), [true, true]);
    stored(&store, away.tenant).await;
    assert_eq!(store.secrets(None, 10).await.unwrap().len(), 4);
    let after = [told(&shards[0], PLACEMENTS).await, told(&shards[1], PLACEMENTS).await];
    assert_eq!(after, before, "nothing was placed anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_for_all_is_done_for_those_that_are_there_and_nothing_is_concluded_of_the_others() {
    let (shards, relay) = shards_behind_a_relay().await;
    let [here, away] = partners_in_both(&shards).await;
    relay.turn(Way::Shut);
    relay.is_shut().await;
    let store = ShardedStore::open(&shards, &key()).await.unwrap();
    let (node, lasts) = (NodeId(Uuid::from_u128(7)), Duration::from_secs(10));
    assert_eq!(store.lease_parts(node, at(100), lasts).await, Ok(128), "of no part that it cannot reach");
    let due = store.due_releases(node, at(100), 10).await.unwrap();
    assert_eq!(due.into_iter().map(|due| due.release.partner).collect::<Vec<_>>(), [here.id]);
    assert_eq!(store.expired_attempts(at(100), 10).await, Ok(vec![]));
    assert_eq!(store.forget_attempts(at(100), 10).await, Ok(0));
    assert_eq!(store.pending_releases().await.unwrap().count, 1, "that they pile up is seen");
    let found = store.connected_partners(None, 10).await.unwrap();
    assert_eq!(found.partners, [here]);
    assert!(matches!(found.left_out, Some(StoreError::Unavailable(_))), "{:?}", found.left_out);
    store.ready().await.unwrap();
    // Half of the secrets, or of what an operator asks for, is not the whole.
    assert!(matches!(store.secrets(None, 10).await, Err(StoreError::Unavailable(_))));
    let all = store.releases(ReleaseFilter::default(), 10).await;
    assert!(matches!(all, Err(StoreError::Unavailable(_))), "{all:?}");
    let unmoved = gangway_store::move_part(&places(&shards), &key(), 5, 0, &mut |_| {}).await.unwrap_err();
    assert!(unmoved.to_string().contains("cannot be reached"), "{unmoved}");
    assert!(!matches!(unmoved, MoveError::Nowhere(_)));
    relay.turn(Way::Open);
    comes_back(&store, &away).await;
    assert_eq!(store.pending_releases().await.unwrap().count, 2);
    assert_eq!(store.connected_partners(None, 10).await.unwrap().left_out, None);
    assert_eq!(store.lease_parts(node, at(101), lasts).await, Ok(256));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_have_their_first_place_only_where_all_databases_answer() {
    let (mut shards, relay) = shards_behind_a_relay().await;
    relay.turn(Way::Shut);
    relay.is_shut().await;
    // Also if the configuration gave all of them to the one that is there.
    for parts in [shards[0].parts.clone(), vec![0..=255]] {
        shards[0].parts = parts;
        let refused = ShardedStore::open(&shards, &key()).await.map(drop).unwrap_err();
        assert!(matches!(refused, ShardError::Unseen { shard: 1, .. }), "{refused}");
    }
    for shard in &shards {
        assert_eq!(told(shard, PLACEMENTS).await, "", "nothing is left of it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_a_database_that_is_away_go_to_no_other_whatever_the_configuration_says() {
    let (mut shards, relay) = shards_behind_a_relay().await;
    let [_, away] = partners_in_both(&shards).await;
    relay.turn(Way::Shut);
    relay.is_shut().await;
    shards[0].parts = vec![0..=255];
    shards[1].parts = vec![];
    let added = super::shards().await.remove(0);
    shards.push(ShardOptions { parts: vec![0..=255], ..added });
    let store = ShardedStore::open(&shards, &key()).await.unwrap();
    assert!(store.partner(away.tenant, away.id).await.is_err());
    assert_eq!(told(&shards[2], "SELECT DISTINCT state FROM placements").await, "gone\n");
    let there = "SELECT count(*) FROM placements WHERE state = 'here'";
    assert_eq!(told(&shards[0], there).await, "128\n");
    relay.turn(Way::Open);
    assert_eq!(comes_back(&store, &away).await, away);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_first_database_no_store_opens() {
    let (mut shards, relay) = shards_behind_a_relay().await;
    partners_in_both(&shards).await;
    shards.swap(0, 1);
    relay.turn(Way::Shut);
    relay.is_shut().await;
    let refused = ShardedStore::open(&shards, &key()).await.map(drop).unwrap_err();
    assert!(matches!(refused, ShardError::First(PostgresError::Unreachable { .. })), "{refused:?}");
    assert!(refused.to_string().contains("what all servers share"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_answers_and_is_not_as_it_should_be_keeps_a_store_from_opening() {
    let (mut shards, _relay) = shards_behind_a_relay().await;
    partners_in_both(&shards).await;
    told(&shards[1], "INSERT INTO schema_steps VALUES (10, '0010_other', 0, 10)").await;
    let refused = ShardedStore::open(&shards, &key()).await.map(drop).unwrap_err();
    assert!(matches!(refused, ShardError::Database(1, PostgresError::Newer { .. })), "{refused:?}");
    shards[1].database.url = shards[1].database.url.replace("private:private@", "private:wrong@");
    let refused = ShardedStore::open(&shards, &key()).await.map(drop).unwrap_err();
    assert!(matches!(refused, ShardError::Database(1, PostgresError::Refused { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_comes_later_is_looked_at_as_when_a_store_is_opened() {
    let (shards, relay) = shards_behind_a_relay().await;
    let [_, away] = partners_in_both(&shards).await;
    relay.turn(Way::Shut);
    relay.is_shut().await;
    // An older schema, which is brought up to date; and a part that another has too, which is refused.
    told(&shards[1], "DELETE FROM schema_steps WHERE number = 9; UPDATE placements SET state = 'here'").await;
    let store = ShardedStore::open(&shards, &key()).await.unwrap();
    relay.turn(Way::Open);
    let begun = Instant::now();
    let why = loop {
        assert!(begun.elapsed() < Duration::from_mins(1));
        match store.partner(away.tenant, away.id).await {
            Err(StoreError::Unavailable(why)) if why.contains("is in databases 0 and 1") => break why,
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            other => panic!("{other:?}"),
        }
    };
    assert!(why.starts_with("part 0 "), "{why}");
    assert_eq!(told(&shards[1], "SELECT count(*) FROM schema_steps WHERE number = 9").await, "1\n");
    assert_eq!(store.reachable(), [true, false]);
    told(&shards[1], "UPDATE placements SET state = 'gone' WHERE part % 2 = 0").await;
    assert_eq!(comes_back(&store, &away).await, away, "the operator has mended it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_ask_for_what_cannot_be_had_the_others_are_hardly_asked() {
    let (shards, relay) = shards_behind_a_relay().await;
    let [_, away] = partners_in_both(&shards).await;
    relay.turn(Way::Shut);
    relay.is_shut().await;
    let store = Arc::new(AnyStore::from(ShardedStore::open(&shards, &key()).await.unwrap()));
    let scanned = "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'placements'";
    let count = async || told(&shards[0], scanned).await.trim().parse::<u64>().unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = count().await;
    let begun = Instant::now();
    for _ in 0..300 {
        assert!(store.partner(away.tenant, PartnerId(Uuid::from_u128(1))).await.is_err());
    }
    store.close().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let most = 6 + begun.elapsed().as_secs() * 2;
    let asked = count().await - before;
    assert!(asked <= most, "{asked} {most}");
}
