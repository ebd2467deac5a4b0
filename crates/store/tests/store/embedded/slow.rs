use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gangway_domain::Partner;
use gangway_engine::{Listing, Store, StoreError};
use gangway_odata::{Filter, Literal, Operand, TextTest};
use gangway_store::{SqliteOptions, SqliteStore};

use super::Place;
use crate::queries::path;
use crate::samples::*;
use crate::slow::{endless, put_an_event};

/// What is in no name, so that all of them are looked at.
fn nowhere() -> Filter {
    let part = Operand::Literal(Literal::String("zz".into()));
    Filter::Text { test: TextTest::Contains, text: path::<Partner>("displayName"), part }
}

#[tokio::test]
async fn a_list_or_count_that_takes_too_long_is_ended_and_holds_up_nothing_else() {
    let place = Place::new();
    let options = SqliteOptions { query_timeout: Duration::ZERO, query_readers: 1, ..place.options() };
    let store = SqliteStore::open(&options, &key()).unwrap();
    for _ in 0..500 {
        stored(&store, CONTOSO).await;
    }
    for _ in 0..3 {
        assert_eq!(store.count_partners(CONTOSO, Some(nowhere())).await, Err(StoreError::TooSlow));
        let listing = Listing { filter: Some(nowhere()), ..Listing::first(10) };
        assert_eq!(store.partners(CONTOSO, listing).await, Err(StoreError::TooSlow));
    }
    assert_eq!(store.partners(CONTOSO, Listing::first(1)).await.unwrap().items.len(), 1);
    let connected = store.connected_partners(None, usize::MAX).await.unwrap();
    assert_eq!(connected.len(), 500, "what the program asks for itself is not limited");
    stored(&store, CONTOSO).await;
    store.close();

    let options = SqliteOptions { query_timeout: Duration::MAX, ..place.options() };
    let store = SqliteStore::open(&options, &key()).unwrap();
    assert_eq!(store.count_partners(CONTOSO, Some(nowhere())).await, Ok(0));
    assert_eq!(store.count_partners(CONTOSO, None).await, Ok(501));
}

#[tokio::test]
async fn queries_see_every_commit_that_was_answered() {
    let place = Place::new();
    let store = SqliteStore::open(&SqliteOptions { query_readers: 1, ..place.options() }, &key()).unwrap();
    for n in 0..20 {
        for _ in 0..n % 4 {
            assert_eq!(store.count_partners(CONTOSO, None).await, Ok(n));
        }
        stored(&store, CONTOSO).await;
    }
}

/// A store with one event, which [`endless`] looks at until its time is over.
async fn with_an_event(place: &Place, query_timeout: Duration) -> Arc<SqliteStore> {
    let store = SqliteStore::open(&SqliteOptions { query_timeout, ..place.options() }, &key()).unwrap();
    put_an_event(&store).await;
    Arc::new(store)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_many_slow_queries_does_not_keep_others_from_their_turn() {
    let place = Place::new();
    let store = with_an_event(&place, Duration::from_millis(300)).await;
    let over = Arc::new(AtomicUsize::new(0));
    let slow: Vec<_> = (0..16)
        .map(|_| {
            let (store, over) = (Arc::clone(&store), Arc::clone(&over));
            tokio::spawn(async move {
                assert_eq!(
                    store.count_audit_events(CONTOSO, Some(endless())).await,
                    Err(StoreError::TooSlow)
                );
                over.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(store.count_partners(FABRIKAM, None).await, Ok(0));
    let before = over.load(Ordering::SeqCst);
    assert!(before <= 6, "{before} of {} were before it", slow.len());
    for slow in slow {
        slow.await.unwrap();
    }
}

#[test]
fn queries_that_nobody_waits_for_any_more_take_no_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let place = Place::new();
        let store = with_an_event(&place, Duration::from_millis(300)).await;
        let slow: Vec<_> = (0..400)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.count_audit_events(CONTOSO, Some(endless())).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        slow.iter().for_each(tokio::task::JoinHandle::abort);
        let own = tokio::time::timeout(Duration::from_secs(15), store.connected_partners(None, 10));
        let own = own.await.expect("what the program asks for itself waits for no query");
        assert_eq!(own.map(|connected| connected.len()), Ok(1));
        let next = tokio::time::timeout(Duration::from_secs(15), store.count_partners(CONTOSO, None));
        assert_eq!(next.await.expect("nor does the next query wait for all of those"), Ok(1));
    });
}
