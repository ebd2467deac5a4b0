//! What nodes know of each other, and share.

use std::time::Duration;

use gangway_domain::TenantId;
use gangway_engine::{NodeId, Sealed, Store as _};
use gangway_store::{AnyStore, Node, PostgresStore, Used, UsedElsewhere};
use uuid::Uuid;

use crate::distributed::options_of_a_new_database;
use crate::portable::Watch;
use crate::samples::key;

const LASTS: Duration = Duration::from_secs(12);
const SECOND: Duration = Duration::from_secs(1);

/// So many nodes over one database.
async fn nodes(count: usize) -> Vec<AnyStore> {
    let options = options_of_a_new_database().await;
    let mut stores = Vec::new();
    for _ in 0..count {
        stores.push(PostgresStore::open(&options, &key()).await.unwrap().into());
    }
    stores
}

fn node(number: u128) -> Node {
    let (name, version) = (format!("node-{number}"), "1.0".to_owned());
    Node { id: NodeId(Uuid::from_u128(number)), name, version, keys: vec!["k1".into(), "k2".into()] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_seen_with_their_leases_and_are_gone_with_them_when_they_leave() {
    let _watch = Watch::new();
    let stores = nodes(2).await;
    for (number, store) in (1..).zip(&stores) {
        assert!(store.is_shared());
        let time = store.show_node(&node(number)).await.unwrap().unwrap();
        store.lease_parts(node(number).id, time, LASTS).await.unwrap();
    }
    let seen = stores[1].nodes().await.unwrap();
    assert_eq!(seen.iter().map(|seen| seen.node.clone()).collect::<Vec<_>>(), [node(1), node(2)]);
    assert!(seen.iter().all(|seen| seen.silent < LASTS));
    assert_eq!(seen[0].parts, 256, "the first took all of them before the second was seen");

    stores[0].remove_node(node(1).id).await.unwrap();
    let time = stores[1].time().await.unwrap().unwrap();
    assert_eq!(stores[1].lease_parts(node(2).id, time, LASTS).await.unwrap(), 256);
    let left = stores[1].nodes().await.unwrap();
    assert_eq!((left.len(), left[0].node.id, left[0].parts), (1, node(2).id, 256));
    stores[1].forget_nodes(LASTS).await.unwrap();
    assert_eq!(stores[0].nodes().await.unwrap().len(), 1, "it was heard of a moment ago");
    tokio::time::sleep(Duration::from_millis(50)).await;
    stores[1].forget_nodes(Duration::from_millis(1)).await.unwrap();
    assert_eq!(stores[0].nodes().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_secret_is_made_once_and_put_anew_only_in_the_place_of_what_was_read() {
    let _watch = Watch::new();
    let stores = nodes(2).await;
    assert_eq!(stores[0].shared_secret("paging").await.unwrap(), None);
    let made = |byte| Sealed(vec![byte; 40]);
    let (one, other) = (made(1), made(2));
    let (a, b) = tokio::join!(
        stores[0].make_shared_secret("paging", &one),
        stores[1].make_shared_secret("paging", &other)
    );
    a.and(b).unwrap();
    let found = stores[0].shared_secret("paging").await.unwrap().unwrap();
    assert!(found == one || found == other);
    assert_eq!(stores[1].shared_secret("paging").await.unwrap().as_ref(), Some(&found));
    assert_eq!(stores[0].shared_secret("receipts").await.unwrap(), None);

    assert!(!stores[0].reseal_shared_secret("paging", &made(9), &made(3)).await.unwrap());
    assert!(stores[0].reseal_shared_secret("paging", &found, &made(3)).await.unwrap());
    assert_eq!(stores[1].shared_secret("paging").await.unwrap(), Some(made(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_of_other_nodes_is_heard_and_what_was_asked_of_this_one_is_not() {
    let _watch = Watch::new();
    let stores = nodes(3).await;
    let (tenant, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
    let used = |tenant, counter: u8, requests| Used {
        tenant,
        counter: [counter; 16],
        requests,
        writes: requests / 2,
    };
    let told = [used(tenant, 1, 10), used(other, 1, 20), used(tenant, 2, 0)];
    let share = async |number: usize, told: &[Used]| {
        let id = node(number as u128).id;
        stores[number].share_counts(id, 60 * SECOND, 21, told).await.unwrap()
    };
    assert_eq!(share(0, &told).await, []);
    share(0, &told).await;
    let mut heard = share(1, &told).await;
    heard.sort_by_key(|heard| heard.index);
    let sum = |index, requests| UsedElsewhere { index, age: 0, requests, writes: requests / 2 };
    // A minute may begin in between.
    for heard in &mut heard {
        heard.age = 0;
    }
    assert_eq!(heard, [sum(0, 20), sum(1, 40)]);
    let asks = [used(tenant, 1, 0)];
    let heard: u32 = share(2, &asks).await.iter().map(|heard| heard.requests).sum();
    assert_eq!(heard, 30, "of both others");
    stores[0].forget_counts().await.unwrap();
    assert!(!share(2, &asks).await.is_empty(), "it is not over yet");
}
