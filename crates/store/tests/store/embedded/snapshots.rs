use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gangway_engine::Store;
use gangway_store::{SqliteOptions, SqliteStore};

use super::Place;
use crate::samples::*;

async fn name(store: &SqliteStore, id: gangway_domain::PartnerId) -> String {
    store.partner(CONTOSO, id).await.unwrap().unwrap().display_name
}

#[tokio::test]
async fn a_read_shows_what_was_answered_however_often_it_was_read_before() {
    let place = Place::new();
    let store = SqliteStore::open(&SqliteOptions { readers: 1, ..place.options() }, &key()).unwrap();
    let mut current = stored(&store, CONTOSO).await;
    for reads in 0..6 {
        for _ in 0..reads {
            assert_eq!(name(&store, current.id).await, current.display_name);
            assert_eq!(partners_in(&store, CONTOSO).await.unwrap(), std::slice::from_ref(&current));
        }
        let after = renamed(&current, &format!("After {reads} reads"));
        assert_eq!(store.commit(update(&current, &after)).await, APPLIED);
        current = after;
    }
    assert_eq!(name(&store, current.id).await, "After 5 reads");
}

#[tokio::test]
async fn snapshots_that_readers_keep_do_not_make_the_log_grow() {
    let place = Place::new();
    let options = SqliteOptions { checkpoint_pages: 20, wal_limit_pages: 100, readers: 2, ..place.options() };
    let store = SqliteStore::open(&options, &key()).unwrap();
    let mut current = stored(&store, CONTOSO).await;
    for n in 0..500 {
        let after = renamed(&current, &format!("Name {n}"));
        assert_eq!(store.commit(update(&current, &after)).await, APPLIED);
        current = after;
        for _ in 0..3 {
            assert_eq!(name(&store, current.id).await, current.display_name);
            assert_eq!(store.count_partners(CONTOSO, None).await, Ok(1));
        }
    }
    let pages = super::log::log_pages(&place);
    assert!(pages < 220, "{pages} pages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_at_work_do_not_keep_the_writer_from_starting_the_log_anew() {
    let place = Place::new();
    let options = SqliteOptions { checkpoint_pages: u32::MAX, wal_limit_pages: 60, ..place.options() };
    let store = Arc::new(SqliteStore::open(&options, &key()).unwrap());
    let mut current = stored(&*store, CONTOSO).await;
    let (stop, reader, id) = (Arc::new(AtomicBool::new(false)), Arc::clone(&store), current.id);
    let stopped = Arc::clone(&stop);
    let reading = tokio::spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            name(&reader, id).await;
            tokio::task::yield_now().await;
        }
    });
    let mut largest = 0;
    for n in 0..300 {
        let after = renamed(&current, &format!("Name {n}"));
        assert_eq!(store.commit(update(&current, &after)).await, APPLIED);
        current = after;
        largest = largest.max(super::log::log_pages(&place));
    }
    stop.store(true, Ordering::Relaxed);
    reading.await.unwrap();
    assert!((60..120).contains(&largest), "{largest} pages");
}
