use std::time::Duration;

use gangway_domain::Partner;
use gangway_engine::{Changeset, Effect, Field, ReleaseSecret, Store, StoredAttempt};
use gangway_store::{SqliteOptions, SqliteStore};

use super::Place;
use super::traces::{left, traced, until_left};
use crate::samples::*;

/// A release with this secret, and the changeset that ends it.
async fn released(store: &impl Store, number: u16) -> (Partner, Changeset) {
    let partner = stored(store, CONTOSO).await;
    let release = release_of(&partner, at(0));
    let secret = ReleaseSecret::Given(Field::Credential, traced(number, 1000));
    done(store, beside(&partner, vec![begin(&release, secret)])).await;
    let end = beside(&partner, vec![update_release(&release, &confirmed(&release), None)]);
    (partner, end)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destroyed_secret_is_gone_from_the_database_and_the_log_of_a_server_that_runs_on() {
    let place = Place::new();
    let store = place.open();
    let (kept, _) = released(&store, 1).await;
    for number in 2..5 {
        let (_, end) = released(&store, number).await;
        assert!(left(&place).is_superset(&[1, number].into()), "else it is no test");
        done(&store, end).await;
        let took = until_left(&place, &[1]).await;
        assert!(took < Duration::from_secs(20), "{took:?}; about one second where nothing else is done");
    }
    assert!(read(&store, &kept).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_was_destroyed_last_is_gone_when_the_store_is_closed() {
    let place = Place::new();
    let store = place.open();
    let (_, end) = released(&store, 1).await;
    let _other = released(&store, 2).await;
    done(&store, end).await;
    store.close();
    assert_eq!(left(&place), [2].into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_in_the_way_stops_no_commit_and_the_secret_is_gone_after_it() {
    let place = Place::new();
    let store = place.open();
    let (_, end) = released(&store, 1).await;
    let reader = place.outsider();
    reader.execute_batch("BEGIN; SELECT count(*) FROM partners;").unwrap();
    done(&store, end).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stored(&store, CONTOSO).await;
    }
    assert_eq!(left(&place), [1].into(), "the reader may need it still");
    reader.execute_batch("COMMIT").unwrap();
    until_left(&place, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_had_destroyed_is_gone_after_the_next_start() {
    let place = Place::new();
    let store = place.open();
    let (_, end) = released(&store, 1).await;
    let reader = place.outsider();
    reader.execute_batch("BEGIN; SELECT count(*) FROM partners;").unwrap();
    done(&store, end).await;

    // The files as they are this moment are what a killed process leaves behind.
    let left_behind = Place::new();
    for suffix in ["", "-wal"] {
        std::fs::copy(place.file_beside(suffix), left_behind.file_beside(suffix)).unwrap();
    }
    assert_eq!(left(&left_behind), [1].into(), "else it is no test");
    let revived = left_behind.open();
    until_left(&left_behind, &[]).await;
    drop(revived);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_was_sealed_anew_is_gone_in_its_old_form() {
    let place = Place::new();
    let store = place.open();
    released(&store, 1).await;
    let stored = store.secrets(None, 10).await.unwrap().remove(0);
    assert_eq!(store.reseal(stored, traced(2, 1000)).await, Ok(true));
    until_left(&place, &[2]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_that_were_not_committed_do_not_stay_in_the_log() {
    let place = Place::new();
    // With so little room the writer writes pages to the log before it knows whether they will be committed.
    let store =
        SqliteStore::open(&SqliteOptions { writer_cache_kib: 64, ..place.options() }, &key()).unwrap();
    let partner = stored(&store, CONTOSO).await;
    let attempt = |number| StoredAttempt { secret: Some(traced(number, 60_000)), ..attempt_of(&partner) };
    let mut effects: Vec<_> = (1..20).map(|number| Effect::OpenAttempt(attempt(number))).collect();
    effects.push(Effect::CountRefusal { id: attempt(20).id });
    let reader = place.outsider();
    reader.execute_batch("BEGIN; SELECT count(*) FROM partners;").unwrap();
    assert_eq!(store.commit(beside(&partner, effects)).await, STALE);
    assert!(!left(&place).is_empty(), "else it is no test");
    reader.execute_batch("COMMIT").unwrap();
    until_left(&place, &[]).await;
}
