//! Who else may be at work in a store.

use gangway_engine::Store as _;
use gangway_store::{AnyStore, PostgresStore, SqliteOptions, SqliteStore};

use crate::samples::key;

#[tokio::test]
async fn every_store_but_the_embedded_one_is_is_shared() {
    let directory = tempfile::tempdir().unwrap();
    let embedded =
        SqliteStore::open(&SqliteOptions::at(directory.path().join("gangway.db")), &key()).unwrap();
    let options = crate::distributed::options_of_a_new_database().await;
    let stores = [
        (AnyStore::from(embedded), false),
        (PostgresStore::open(&options, &key()).await.unwrap().into(), true),
    ];
    for (store, shared) in stores {
        assert_eq!(store.is_shared(), shared, "{store:?}");
    }
}
