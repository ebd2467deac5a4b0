//! Two who move the same part at once: one of them goes on, the other is told, and nothing is lost.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use gangway_engine::Store as _;
use gangway_store::{CopyEvent, Database, MoveError, ShardOptions, ShardedStore, move_part};
use tokio::sync::Notify;

use super::{places, shards};
use crate::distributed::options_of_a_new_database;
use crate::samples::{CONTOSO, events_about, key, partners_in, read, renamed, stored, update};

/// Three databases; in which of them the tenant's part is, and which it may go to.
async fn three() -> (Vec<ShardOptions>, ShardedStore, [usize; 3]) {
    let mut shards = shards().await;
    shards.push(ShardOptions { database: options_of_a_new_database().await, parts: vec![] });
    let store = ShardedStore::open(&shards, &key()).await.unwrap();
    let from = usize::from(CONTOSO.part().0 % 2);
    (shards, store, [from, 1 - from, 2])
}

/// Everything is where it is served from, once and whole.
async fn all_is_well(shards: &[ShardOptions], store: &ShardedStore, partners: usize) {
    let part = CONTOSO.part().0;
    assert_eq!(partners_in(store, CONTOSO).await.unwrap().len(), partners);
    for place in places(shards).into_iter().map(|place| Database::Postgres(place, key())) {
        gangway_store::check_copy(&place, &place, &mut |_| {}).await.unwrap();
    }
    // Whoever goes on finds nothing that stops them.
    for to in [1, 2, 0] {
        move_part(&places(shards), &key(), part, to, &mut |_| {}).await.unwrap();
    }
    assert_eq!(partners_in(store, CONTOSO).await.unwrap().len(), partners);
}

/// One who is held up where a move says this, and tells so, until somebody lets them go on.
fn held_up(
    shards: &[ShardOptions],
    to: usize,
    at: CopyEvent,
    (here, on): (&Notify, Receiver<()>),
) -> Result<(), MoveError> {
    let places = places(shards);
    let mut is_there = false;
    let mut watch = |event| {
        if event == at && !is_there {
            is_there = true;
            here.notify_one();
            on.recv().unwrap();
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(move_part(&places, &key(), CONTOSO.part().0, to, &mut watch))
}

/// One begins, is held up at this point, and another does the whole of it meanwhile, and the tenant changes something then.
async fn overtaken(at: CopyEvent, same_target: bool) {
    let (shards, store, [_, to, other]) = three().await;
    let partner = stored(&store, CONTOSO).await;
    for _ in 0..20 {
        stored(&store, CONTOSO).await;
    }
    let (here, (go_on, on)) = (Notify::new(), channel());
    let second = if same_target { to } else { other };
    let fast = async {
        here.notified().await;
        move_part(&places(&shards), &key(), CONTOSO.part().0, second, &mut |_| {}).await.unwrap();
        let next = renamed(&partner, "changed since");
        store.commit(update(&partner, &next)).await.unwrap();
        go_on.send(()).unwrap();
        next
    };
    let (slow, next) = std::thread::scope(|scope| {
        let slow = scope.spawn(|| held_up(&shards, to, at, (&here, on)));
        let next = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(fast));
        (slow.join().unwrap(), next)
    });
    assert!(matches!(slow, Err(MoveError::Meddled { .. })), "{at:?} {same_target}: {slow:?}");
    assert_eq!(read(&store, &partner).await, Some(next.clone()), "{at:?} {same_target}");
    assert_eq!(events_about(&store, &partner).await.len() as u64, next.version.0);
    all_is_well(&shards, &store, 21).await;
}

const FIRST_PASS: CopyEvent = CopyEvent::Pass { number: 1, rows: 0 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_overtaken_on_the_way_to_the_same_database_changes_nothing_any_more() {
    for at in [FIRST_PASS, CopyEvent::Leaving, CopyEvent::Verifying] {
        overtaken(at, true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_overtaken_on_the_way_to_another_database_changes_nothing_any_more() {
    for at in [FIRST_PASS, CopyEvent::Leaving, CopyEvent::Verifying] {
        overtaken(at, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_begin_at_the_same_time_nobody_loses_anything() {
    let (shards, store, [_, to, other]) = three().await;
    let partner = stored(&store, CONTOSO).await;
    let mut version = partner.version;
    for turn in 0..6_u64 {
        let places = places(&shards);
        let moves = (0..4_u64).map(|n| {
            let (to, places) = (if (n + turn) % 2 == 0 { to } else { other }, &places);
            async move {
                tokio::time::sleep(Duration::from_millis(n * turn * 15)).await;
                move_part(places, &key(), CONTOSO.part().0, to, &mut |_| {}).await
            }
        });
        for outcome in futures_util::future::join_all(moves).await {
            let told = matches!(outcome, Ok(()) | Err(MoveError::Meddled { .. }));
            assert!(told, "{outcome:?}");
        }
        // Whoever does it again has it done.
        move_part(&places, &key(), CONTOSO.part().0, to, &mut |_| {}).await.unwrap();
        let now = read(&store, &partner).await.unwrap();
        assert_eq!(now.version, version);
        let next = renamed(&now, "again");
        store.commit(update(&now, &next)).await.unwrap();
        version = next.version;
    }
    assert_eq!(events_about(&store, &partner).await.len() as u64, version.0);
    all_is_well(&shards, &store, 1).await;
}
