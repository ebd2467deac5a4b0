use gangway_engine::Store;
use gangway_store::{SqliteOptions, SqliteStore};

use super::Place;
use crate::samples::*;

const PAGE: u64 = 4096 + 24;

pub(super) fn log_pages(place: &Place) -> u64 {
    std::fs::metadata(place.file_beside("-wal")).map_or(0, |file| file.len()) / PAGE
}

async fn rename_often(store: &SqliteStore, place: &Place, times: usize) -> u64 {
    let mut largest = 0;
    let mut current = stored(store, CONTOSO).await;
    for n in 0..times {
        let after = renamed(&current, &format!("Name {n}"));
        assert_eq!(store.commit(update(&current, &after)).await, APPLIED);
        largest = largest.max(log_pages(place));
        current = after;
    }
    largest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_bounded_under_load() {
    let place = Place::new();
    let options = SqliteOptions { checkpoint_pages: 20, wal_limit_pages: 100, ..place.options() };
    let store = SqliteStore::open(&options, &key()).unwrap();
    let largest = rename_often(&store, &place, 1000).await;
    assert!((20..220).contains(&largest), "{largest} pages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checkpointer_moves_the_log_into_the_database_beside_the_writer() {
    let place = Place::new();
    let options = SqliteOptions { checkpoint_pages: 20, wal_limit_pages: u32::MAX, ..place.options() };
    let store = SqliteStore::open(&options, &key()).unwrap();
    let pages_of_database = || std::fs::metadata(place.path()).unwrap().len() / 4096;
    let before = pages_of_database();
    rename_often(&store, &place, 100).await;
    for _ in 0..500 {
        if pages_of_database() > before {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the database has {before} pages still");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_writer_starts_the_log_anew_when_the_checkpointer_does_not_keep_up() {
    let place = Place::new();
    let options = SqliteOptions { checkpoint_pages: u32::MAX, wal_limit_pages: 100, ..place.options() };
    let store = SqliteStore::open(&options, &key()).unwrap();
    let largest = rename_often(&store, &place, 500).await;
    assert!((100..220).contains(&largest), "{largest} pages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_does_not_end_stops_no_commit_and_the_log_shrinks_after_it() {
    let place = Place::new();
    let options = SqliteOptions { checkpoint_pages: 50, wal_limit_pages: 100, ..place.options() };
    let store = SqliteStore::open(&options, &key()).unwrap();
    stored(&store, CONTOSO).await;
    let reader = place.outsider();
    reader.execute_batch("BEGIN; SELECT count(*) FROM partners;").unwrap();
    let grown = rename_often(&store, &place, 100).await;
    assert!(grown > 200, "{grown} pages: the reader still needs them");

    reader.execute_batch("COMMIT").unwrap();
    // The checkpointer is a thread of its own, which a busy machine may let wait.
    for _ in 0..50 {
        rename_often(&store, &place, 100).await;
        if log_pages(&place) <= 200 {
            return;
        }
    }
    panic!("{} pages", log_pages(&place));
}
