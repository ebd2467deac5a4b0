use std::time::Duration;

use gangway_engine::{NodeId, Store as _};
use gangway_store::PostgresStore;

use crate::distributed::options_of_a_new_database;
use crate::samples::*;

const LASTS: Duration = Duration::from_secs(30);

async fn store() -> PostgresStore {
    PostgresStore::open(&options_of_a_new_database().await, &key()).await.unwrap()
}

async fn held(store: &PostgresStore, node: NodeId, second: i64) -> usize {
    store.lease_parts(node, at(second), LASTS).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_live_share_the_parts_and_inherit_those_of_the_dead() {
    let store = store().await;
    let [one, other, third] = [(); 3].map(|()| NodeId(fresh_uuid()));
    assert_eq!(held(&store, one, 0).await, 256);
    assert_eq!(held(&store, other, 1).await, 0, "all are somebody's");
    assert_eq!(held(&store, one, 2).await, 128, "it gives up what is above its share");
    assert_eq!(held(&store, other, 3).await, 128);
    assert_eq!(held(&store, third, 4).await, 0);
    assert_eq!((held(&store, one, 5).await, held(&store, other, 5).await), (86, 86));
    assert_eq!(held(&store, third, 6).await, 84, "a third, as far as there are any");
    for second in [15, 25] {
        assert_eq!(held(&store, one, second).await, 86);
        assert_eq!(held(&store, third, second).await, 84);
    }
    assert_eq!(
        (held(&store, one, 36).await, held(&store, third, 36).await),
        (128, 128),
        "of who was not seen again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_come_at_once_end_with_equal_shares() {
    let store = store().await;
    let nodes = [(); 4].map(|()| NodeId(fresh_uuid()));
    for second in 0..8 {
        let [a, b, c, d] = nodes.map(|node| held(&store, node, second));
        tokio::join!(a, b, c, d);
    }
    for node in nodes {
        assert_eq!(held(&store, node, 8).await, 64);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_wrong_keeps_nobody_from_a_part() {
    let store = store().await;
    pending(&store, &partner_of(CONTOSO), at(0)).await;
    let (ahead, right) = (NodeId(fresh_uuid()), NodeId(fresh_uuid()));
    assert_eq!(held(&store, ahead, 1_000_000).await, 256);
    let before = store.due_releases(ahead, at(0), 1).await.unwrap()[0].lease;
    assert_eq!(held(&store, right, 0).await, 256, "it does not live, and its leases have lapsed");
    let after = store.due_releases(right, at(0), 1).await.unwrap()[0].lease;
    assert!(after.node == right && after.epoch > before.epoch, "{before:?} {after:?}");
    assert_eq!(store.due_releases(ahead, at(0), 1).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_had_lapsed_has_a_higher_epoch_whoever_takes_it() {
    let store = store().await;
    pending(&store, &partner_of(CONTOSO), at(0)).await;
    let node = NodeId(fresh_uuid());
    let mut epoch = 0;
    for second in [0, 30, 61] {
        assert_eq!(held(&store, node, second).await, 256);
        let lease = store.due_releases(node, at(0), 1).await.unwrap()[0].lease;
        assert!(lease.epoch > epoch, "{second}: {lease:?}");
        epoch = lease.epoch;
    }
}
