use std::time::{Duration, Instant};

use gangway_engine::{Changeset, CommitError, Store, StoreError};
use gangway_store::{SqliteOptions, SqliteStore};

use super::Place;
use crate::samples::*;

fn is_unavailable(answer: &Answer, because: &str) -> bool {
    matches!(answer, Err(CommitError::Store(StoreError::Unavailable(why))) if why.contains(because))
}

fn is_unknown(answer: &Answer, because: &str) -> bool {
    matches!(answer, Err(CommitError::Unknown(why)) if why.contains(because))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_changes_whole_keeps_what_was_answered_and_still_reads() {
    let place = Place::new();
    let full = SqliteOptions { max_pages: Some(40), ..place.options() };
    let store = SqliteStore::open(&full, &key()).unwrap();
    let mut kept = Vec::new();
    let lost = loop {
        let partner = partner_of(CONTOSO);
        match store.commit(insert(&partner)).await {
            APPLIED => kept.push(partner),
            answer => {
                assert!(is_unavailable(&answer, "full"), "{answer:?}");
                break partner;
            }
        }
        assert!(kept.len() < 10_000, "it never got full");
    };
    assert_eq!(read(&store, &lost).await, None);
    assert!(events_about(&store, &lost).await.is_empty());
    assert_eq!(partners_in(&store, CONTOSO).await, Ok(kept.clone()), "reads go on");
    drop(store);

    let store = place.open();
    assert_eq!(store.commit(insert(&lost)).await, APPLIED, "once there is room");
    assert_eq!(store.count_partners(CONTOSO, None).await.unwrap(), kept.len() as u64 + 1);
    assert_eq!(newest_events(&store, CONTOSO, usize::MAX).await.unwrap().len(), kept.len() + 1);
}

/// What the database says of a COMMIT that it could not do is not believed: it may have written and not synced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_commit_itself_fails_nobody_of_the_group_is_told_that_it_did_not_happen() {
    let place = Place::new();
    let store = place.open();
    let before = stored(&store, CONTOSO).await;
    // A reference that is only checked at COMMIT makes that fail, and leaves the transaction open.
    let doom = "CREATE TABLE nowhere (id INTEGER PRIMARY KEY);
        CREATE TABLE doomed (id INTEGER REFERENCES nowhere DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER doom AFTER INSERT ON audit_events BEGIN INSERT INTO doomed VALUES (1); END;
        CREATE TRIGGER silent_doom AFTER INSERT ON commits BEGIN INSERT INTO doomed VALUES (1); END;";
    place.outsider().execute_batch(doom).unwrap();

    let other = partner_of(CONTOSO);
    let told = update(&before, &disconnected(&before));
    let unheard = Changeset { record: silent(), ..insert(&other) };
    for (n, change) in [&told, &unheard].into_iter().enumerate() {
        let answer = store.commit(change.clone()).await;
        assert!(is_unknown(&answer, "FOREIGN KEY"), "{n} {answer:?}");
        assert_eq!(store.was_committed(CONTOSO, change.record.id()).await, Ok(false));
    }
    let answers = all_at_once(&store, vec![told.clone(), unheard.clone()], || {}).await;
    assert!(answers.iter().all(|answer| is_unknown(answer, "FOREIGN KEY")), "{answers:?}");
    assert_eq!(partners_in(&store, CONTOSO).await, Ok(vec![before.clone()]));
    assert_eq!(newest_events(&store, CONTOSO, 10).await.unwrap().len(), 1);

    place.outsider().execute_batch("DROP TRIGGER doom; DROP TRIGGER silent_doom;").unwrap();
    for change in [told, unheard] {
        assert_eq!(store.commit(change.clone()).await, APPLIED, "the writer goes on");
        assert_eq!(store.commit(change).await, DUPLICATE);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_program_has_locked_is_unavailable_in_time_and_works_afterwards() {
    let place = Place::new();
    let options = SqliteOptions { lock_timeout: Duration::from_millis(100), ..place.options() };
    let store = SqliteStore::open(&options, &key()).unwrap();
    let partner = stored(&store, CONTOSO).await;
    let after = disconnected(&partner);
    let other = place.outsider();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let begun = Instant::now();
    let answer = store.commit(update(&partner, &after)).await;
    assert!(is_unavailable(&answer, "locked"), "{answer:?}");
    assert!(store.ready().await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(read(&store, &partner).await, Some(partner.clone()), "reads go on");

    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.ready().await, Ok(()));
    assert_eq!(store.commit(update(&partner, &after)).await, APPLIED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_the_queue_holds_is_busy_after_the_wait() {
    let place = Place::new();
    let options = SqliteOptions {
        queue_length: 1,
        group_length: 1,
        queue_timeout: Duration::from_millis(50),
        lock_timeout: Duration::from_secs(1),
        ..place.options()
    };
    let store = std::sync::Arc::new(SqliteStore::open(&options, &key()).unwrap());
    let other = place.outsider();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let commits: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(insert(&partner_of(CONTOSO))).await })
        })
        .collect();
    let mut answers = Vec::new();
    for commit in commits {
        answers.push(commit.await.unwrap());
    }
    let busy = how_many(&answers, &Err(StoreError::Busy.into()));
    assert_eq!(busy, 6, "one is with the writer, one in the queue: {answers:?}");
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_any_more_before_it_is_begun_is_not_done() {
    let place = Place::new();
    let store = place.open();
    let (kept, left) = (partner_of(CONTOSO), partner_of(CONTOSO));
    let other = place.outsider();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(100), store.commit(insert(&left)));
    assert!(waiting.await.is_err(), "it waits for the lock, and whoever asked gives up");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.commit(insert(&kept)).await, APPLIED);
    assert_eq!(partners_in(&store, CONTOSO).await, Ok(vec![kept]));
    assert_eq!(read(&store, &left).await, None, "it was told that it did not happen");
}

#[tokio::test]
async fn a_damaged_row_is_an_error_and_not_another_partner() {
    let place = Place::new();
    let store = place.open();
    let partner = stored(&store, CONTOSO).await;
    place
        .outsider()
        .execute_batch("PRAGMA ignore_check_constraints = 1; UPDATE partners SET status = 'onboarding';")
        .unwrap();
    assert!(matches!(store.partner(CONTOSO, partner.id).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(partners_in(&store, CONTOSO).await, Err(StoreError::Unavailable(_))));
}
