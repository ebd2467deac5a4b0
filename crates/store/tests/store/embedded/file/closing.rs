use gangway_engine::{CommitError, Store, StoreError};

use crate::embedded::Place;
use crate::samples::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_that_was_accepted_is_answered_and_kept() {
    let place = Place::new();
    let store = place.open();
    let partners: Vec<_> = (0..500).map(|_| partner_of(CONTOSO)).collect();
    let changes = partners.iter().map(insert).collect();
    let answers = all_at_once(&store, changes, || store.close()).await;
    assert_eq!(how_many(&answers, &APPLIED), partners.len(), "{answers:?}");
    let mut kept = partners_in(&place.open(), CONTOSO).await.unwrap();
    kept.sort_by_key(|partner| partner.id);
    assert_eq!(kept, partners);
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
    assert!(matches!(partners_in(&store, CONTOSO).await, Err(StoreError::Unavailable(_))));
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
