use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use gangway_domain::{Generation, Partner, Version};
use gangway_engine::{CommitError, Store};

use crate::samples::*;

pub(super) async fn of_many_that_read_the_same_version_one_is_applied(store: &impl Store) {
    let before = stored(store, CONTOSO).await;
    let named = |n| renamed(&before, &format!("Name {n}"));
    let changes: Vec<_> = (0..32).map(|n| update(&before, &named(n))).collect();
    let answers = all_at_once(store, changes, || {}).await;

    assert_eq!((how_many(&answers, &APPLIED), how_many(&answers, &STALE)), (1, 31), "{answers:?}");
    let winner = answers.iter().position(|answer| *answer == APPLIED).unwrap();
    assert_eq!(read(store, &before).await, Some(named(winner)));
    assert_eq!(events_about(store, &before).await.len(), 2);
}

pub(super) async fn every_version_is_won_by_exactly_one(store: &impl Store) {
    const CALLERS: u64 = 32;
    let before = stored(store, CONTOSO).await;
    let callers = (0..CALLERS).map(|n| {
        let id = before.id;
        async move {
            loop {
                let read = store.partner(CONTOSO, id).await.unwrap().unwrap();
                let after = renamed(&read, &format!("By {n}"));
                match store.commit(update(&read, &after)).await {
                    STALE => {}
                    answer => break assert_eq!(answer, APPLIED),
                }
            }
        }
    });
    in_turns(callers.collect()).await;
    let after = read(store, &before).await.unwrap();
    assert_eq!(after.version, Version(before.version.0 + CALLERS));
    assert_eq!(events_about(store, &before).await.len(), 33);
}

/// Drives them all until each has ended. They borrow the store, so they cannot be tasks of their own.
async fn in_turns<F: Future<Output = ()>>(futures: Vec<F>) {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if futures.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

pub(super) async fn one_that_cannot_be_stored_fails_alone(store: &impl Store) {
    let good: Vec<_> = (0..31).map(|_| partner_of(CONTOSO)).collect();
    let mut changes: Vec<_> = good.iter().map(insert).collect();
    changes.insert(15, insert(&Partner { generation: Generation(0), ..partner_of(CONTOSO) }));
    let answers = all_at_once(store, changes, || {}).await;

    assert!(matches!(answers[15], Err(CommitError::Store(_))), "{:?}", answers[15]);
    assert_eq!(how_many(&answers, &APPLIED), 31);
    assert_eq!(store.count_partners(CONTOSO, None).await, Ok(31));
    assert_eq!(newest_events(store, CONTOSO, 100).await.unwrap().len(), 31);
}

pub(super) async fn a_caller_that_stops_waiting_leaves_all_of_it_or_nothing(store: &impl Store) {
    let partners: Vec<_> = (0..64).map(|_| partner_of(CONTOSO)).collect();
    for (n, partner) in partners.iter().enumerate() {
        let mut commit = pin!(store.commit(insert(partner)));
        if n % 4 > 0 {
            let _ = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
    }
    // The store works in the order it was asked, so when this is in, all the others are as they will be.
    stored(store, CONTOSO).await;
    for partner in &partners {
        let there = read(store, partner).await;
        assert_eq!(events_about(store, partner).await.len(), usize::from(there.is_some()));
        assert!(there.is_none_or(|there| there == *partner));
    }
}

pub(super) async fn reads_go_on_while_others_write(store: &impl Store) {
    let partner = stored(store, CONTOSO).await;
    let writes = async {
        let mut current = partner.clone();
        for n in 0..50 {
            let after = renamed(&current, &format!("Name {n}"));
            assert_eq!(store.commit(update(&current, &after)).await, APPLIED);
            assert_eq!(read(store, &partner).await, Some(after.clone()));
            current = after;
        }
    };
    let reads = async {
        let mut seen = Version::FIRST;
        for _ in 0..50 {
            let now = partners_in(store, CONTOSO).await.unwrap()[0].version;
            assert!(now >= seen, "a read never goes back in time");
            seen = now;
        }
    };
    tokio::join!(writes, reads);
}
