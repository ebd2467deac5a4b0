use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use gangway_domain::{Partner, TenantId, Version};
use gangway_engine::{CommitError, Committed, Store, StoreError};
use gangway_store::{Database, MoveError, ShardOptions, ShardedStore, move_part};
use uuid::Uuid;

use super::{places, places_at_rest_after, store};
use crate::samples::{
    CONTOSO, at, connected, events_about, key, pending, read, redeeming, renamed, stored, update,
};

/// A tenant of this part.
pub(super) fn tenant_in(part: u8) -> TenantId {
    let tenants = (1_u128..).map(|number| TenantId(Uuid::from_u128(number << 64 | number)));
    tenants.into_iter().find(|tenant| tenant.part().0 == part).unwrap()
}

/// Moves a part, whatever is stopped in between.
async fn moved(shards: &[ShardOptions], part: u8, to: usize) {
    move_part(&places(shards), &key(), part, to, &mut |_| {}).await.unwrap();
}

/// Which of two databases has the part now.
async fn place_of(store: &ShardedStore, tenant: TenantId) -> Vec<usize> {
    let mut has = Vec::new();
    for (number, shard) in store.shards().iter().enumerate() {
        if !shard.partners(tenant, gangway_engine::Listing::all()).await.unwrap().items.is_empty() {
            has.push(number);
        }
    }
    has
}

#[tokio::test]
async fn a_part_goes_with_all_that_belongs_to_it_and_leaves_nothing_behind() {
    let (shards, store) = store().await;
    let from = usize::from(CONTOSO.part().0 % 2);
    let to = 1 - from;
    let (partner, credential) = connected(&store, CONTOSO).await;
    let (release, secret) = pending(&store, &partner, at(0)).await;
    let (attempt, _) = redeeming(&store, &partner).await;
    let other = stored(&store, tenant_in(CONTOSO.part().0 ^ 2)).await;
    assert_eq!(place_of(&store, CONTOSO).await, [from]);
    moved(&shards, CONTOSO.part().0, to).await;
    assert_eq!(place_of(&store, CONTOSO).await, [to]);
    assert_eq!(read(&store, &partner).await, Some(partner.clone()));
    assert_eq!(store.credential(CONTOSO, partner.id).await.unwrap(), Some(credential));
    assert_eq!(store.release_secret(CONTOSO, release.id).await.unwrap().unwrap().1, secret);
    assert_eq!(store.attempt(CONTOSO, attempt.id).await.unwrap(), Some(attempt));
    assert_eq!(events_about(&store, &partner).await.len(), 1);
    assert_eq!(store.secrets(None, 10).await.unwrap().len(), 3);
    stored(&store, CONTOSO).await;
    assert_eq!(place_of(&store, other.tenant).await, [from], "of its neighbour nothing was moved");
    moved(&shards, CONTOSO.part().0, from).await;
    assert_eq!(place_of(&store, CONTOSO).await, [from]);
    assert_eq!(read(&store, &partner).await, Some(partner));
}

#[tokio::test]
async fn a_move_that_is_stopped_anywhere_is_finished_when_it_is_begun_again() {
    let (shards, store) = store().await;
    let part = CONTOSO.part().0;
    let mut to = 1 - usize::from(part % 2);
    let partner = stored(&store, CONTOSO).await;
    let mut stopped = 0;
    for tries in 0..40_u64 {
        let lasts = Duration::from_millis(5 + tries * 13 % 450);
        let places = places(&shards);
        let outcome = tokio::time::timeout(lasts, move_part(&places, &key(), part, to, &mut |_| {})).await;
        if let Ok(done) = outcome {
            done.unwrap();
            to = 1 - to;
        } else {
            stopped += 1;
        }
        // It may have been stopped where the part is nowhere.
        let before = store.partner(partner.tenant, partner.id).await.ok().flatten();
        if let Some(before) = before {
            let _ = store.commit(update(&before, &renamed(&before, "again"))).await;
        }
    }
    assert!(stopped > 10, "{stopped}");
    moved(&shards, part, to).await;
    let now = read(&store, &partner).await.unwrap();
    assert_eq!(events_about(&store, &partner).await.len() as u64, now.version.0);
    assert_eq!(place_of(&store, CONTOSO).await, [to]);
}

#[tokio::test]
async fn a_part_that_is_on_its_way_is_in_every_list_and_in_none_twice() {
    let (shards, store) = store().await;
    let (node, now) = (gangway_engine::NodeId(Uuid::from_u128(7)), at(100));
    let (partner, _) = connected(&store, CONTOSO).await;
    let (release, _) = pending(&store, &partner, at(0)).await;
    redeeming(&store, &partner).await;
    let other = connected(&store, tenant_in(CONTOSO.part().0 ^ 1)).await.0;
    let places = places(&shards);
    let left = tokio::sync::Notify::new();
    let mut watch = |event| {
        if event == gangway_store::CopyEvent::Leaving {
            left.notify_one();
        }
    };
    let to = 1 - usize::from(CONTOSO.part().0 % 2);
    let key = key();
    tokio::select! {
        biased;
        () = left.notified() => {}
        done = move_part(&places, &key, CONTOSO.part().0, to, &mut watch) => panic!("{done:?}"),
    }
    // Both databases have its rows now.
    assert_eq!(place_of(&store, CONTOSO).await.len(), 2);
    let connected = store.connected_partners(None, 10).await.unwrap().partners;
    assert_eq!(connected.len(), 2, "{connected:?}");
    assert!(connected.contains(&partner) && connected.contains(&other));
    assert_eq!(store.secrets(None, 10).await.unwrap().len(), 4);
    assert_eq!(store.releases(gangway_engine::ReleaseFilter::default(), 10).await.unwrap().len(), 1);
    assert_eq!(store.pending_releases().await.unwrap().count, 1);
    assert_eq!(store.lease_parts(node, now, Duration::from_secs(10)).await.unwrap(), 256);
    let due = store.due_releases(node, now, 10).await.unwrap();
    assert_eq!(due.into_iter().map(|due| due.release.id).collect::<Vec<_>>(), [release.id]);
}

/// What a writer knows to have been done.
struct Written {
    partner: Partner,
    version: AtomicU64,
}

/// Renames the partner again and again, through a node of its own.
async fn write(store: &ShardedStore, written: &Written, stop: &AtomicBool) -> u64 {
    let mut known = written.partner.clone();
    let mut refused = 0;
    while !stop.load(Ordering::SeqCst) {
        let next = renamed(&known, "moved");
        match store.commit(update(&known, &next)).await {
            Ok(Committed::Applied | Committed::Duplicate) => {
                known = next;
                written.version.store(known.version.0, Ordering::SeqCst);
            }
            Err(CommitError::Store(StoreError::Unavailable(_) | StoreError::Busy)) => {
                refused += 1;
                known = store.partner(known.tenant, known.id).await.unwrap().unwrap();
                written.version.store(known.version.0, Ordering::SeqCst);
            }
            other => panic!("{other:?}"),
        }
    }
    refused
}

/// Reads it through another node: never less than was known to be written before.
async fn read_on(store: &ShardedStore, written: &Written, stop: &AtomicBool) -> u64 {
    let (mut reads, mut seen) = (0, Version::FIRST);
    while !stop.load(Ordering::SeqCst) {
        let known = written.version.load(Ordering::SeqCst);
        let Partner { tenant, id, .. } = written.partner;
        match store.partner(tenant, id).await {
            Ok(found) => {
                let version = found.unwrap().version;
                assert!(version.0 >= known && version >= seen, "{version:?} after {known} and {seen:?}");
                (seen, reads) = (version, reads + 1);
            }
            Err(StoreError::Unavailable(_) | StoreError::Busy) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    reads
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_parts_move_back_and_forth_nothing_is_lost_or_there_twice_and_no_read_goes_back() {
    let (shards, store) = store().await;
    let nodes = [
        ShardedStore::open(&shards, &key()).await.unwrap(),
        ShardedStore::open(&shards, &key()).await.unwrap(),
    ];
    let tenants = [tenant_in(4), tenant_in(5), tenant_in(200)];
    let mut all = Vec::new();
    for tenant in tenants {
        let partner = stored(&store, tenant).await;
        all.push(Written { partner, version: AtomicU64::new(1) });
    }
    let stop = AtomicBool::new(false);
    let at_rest = places_at_rest_after(&shards, Duration::from_secs(1));
    let moves = async {
        for turn in 0..3_usize {
            for tenant in tenants {
                let part = tenant.part().0;
                let to = (usize::from(part % 2) + turn + 1) % 2;
                move_part(&at_rest, &key(), part, to, &mut |_| {}).await.unwrap();
            }
        }
        stop.store(true, Ordering::SeqCst);
    };
    let writes = futures_util::future::join_all(
        all.iter().enumerate().map(|(n, written)| write(&nodes[n % 2], written, &stop)),
    );
    let reads = futures_util::future::join_all(
        all.iter().enumerate().map(|(n, written)| read_on(&nodes[(n + 1) % 2], written, &stop)),
    );
    let ((), _, reads) = tokio::join!(moves, writes, reads);
    assert!(reads.iter().all(|reads| *reads > 20), "{reads:?}");
    for written in &all {
        let now = read(&store, &written.partner).await.unwrap();
        let events = events_about(&store, &written.partner).await;
        assert_eq!(events.len() as u64, now.version.0, "an event for every change, and no other");
        assert!(now.version.0 > 20, "{now:?}");
    }
    for place in places(&shards).into_iter().map(|place| Database::Postgres(place, key())) {
        // It is like itself, and its chains are whole.
        gangway_store::check_copy(&place, &place, &mut |_| {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_part_that_is_nowhere_or_in_two_places_is_not_moved() {
    let (shards, _store) = store().await;
    let places = places(&shards);
    let no_shard = move_part(&places, &key(), 0, 2, &mut |_| {}).await.unwrap_err();
    assert!(matches!(no_shard, MoveError::NoShard(2)), "{no_shard}");
    let other = crate::sharded::shards().await;
    let nowhere = move_part(&super::places(&other), &key(), 0, 1, &mut |_| {}).await.unwrap_err();
    assert!(matches!(nowhere, MoveError::Nowhere(0)), "{nowhere}");
}
