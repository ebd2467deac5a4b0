use std::sync::Arc;

use gangway_engine::{CommitError, Store, StoreError};

use super::Place;
use crate::samples::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_that_was_accepted_is_answered_and_kept() {
    let place = Place::new();
    let store = Arc::new(place.open());
    let commits: Vec<_> = (0..500)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let partner = partner_of(CONTOSO);
                (store.commit(insert(&partner)).await, partner)
            })
        })
        .collect();
    stored(&*store, FABRIKAM).await;
    store.close();
    let mut applied = Vec::new();
    for commit in commits {
        match commit.await.unwrap() {
            (APPLIED, partner) => applied.push(partner),
            (answer, _) => {
                assert!(matches!(answer, Err(CommitError::Store(StoreError::Unavailable(_)))), "{answer:?}");
            }
        }
    }
    drop(store);
    applied.sort_by_key(|partner| partner.id);
    assert!(!applied.is_empty());
    assert_eq!(place.open().partners(CONTOSO).await, Ok(applied));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_refuses_everything_and_can_be_opened_again() {
    let place = Place::new();
    let store = place.open();
    let partner = stored(&store, CONTOSO).await;
    store.close();
    store.close();
    assert!(matches!(
        store.commit(delete(&partner)).await,
        Err(CommitError::Store(StoreError::Unavailable(_)))
    ));
    assert!(matches!(store.partner(CONTOSO, partner.id).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.partners(CONTOSO).await, Err(StoreError::Unavailable(_))));
    assert!(store.ready().await.is_err());
    assert_eq!(read(&place.open(), &partner).await, Some(partner), "while the closed one is still there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_leaves_one_file_with_everything_in_it() {
    let place = Place::new();
    let store = place.open();
    stored(&store, CONTOSO).await;
    assert!(place.file_beside("-wal").exists());
    store.close();
    assert!(!place.file_beside("-wal").exists());
    assert!(!place.file_beside("-shm").exists());
}
