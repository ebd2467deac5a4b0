use std::time::{Duration, Instant};

use gangway_engine::{Listing, Store as _, StoreError};
use gangway_private_postgres::Server;
use gangway_store::{PostgresOptions, PostgresStore};

use super::{on_a_thread, options_of_a_new_database};
use crate::samples::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_others_hold_up_is_given_up_and_holds_up_nobody_else() {
    let query_lasts = Duration::from_millis(300);
    let options = PostgresOptions { query_lasts, ..options_of_a_new_database().await };
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    let partner = stored(&store, CONTOSO).await;
    let name = options.url.rsplit('/').next().unwrap().to_owned();
    let (database, seen) = (name.clone(), name);
    let lock = "BEGIN; LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3)";
    let locked = tokio::spawn(on_a_thread(move || Server::shared().psql(&database, lock)));
    let held = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted \
        AND relation = 'audit_events'::regclass";
    while on_a_thread({
        let seen = seen.clone();
        move || Server::shared().psql(&seen, held)
    })
    .await
        != "1\n"
    {}
    let begun = Instant::now();
    // It is not the query that is slow, so it may be asked again.
    assert_eq!(store.count_audit_events(CONTOSO, None).await, Err(StoreError::Busy));
    assert_eq!(store.audit_events(CONTOSO, Listing::all()).await, Err(StoreError::Busy));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(store.partner(CONTOSO, partner.id).await, Ok(Some(partner)));
    locked.await.unwrap();
    assert_eq!(store.count_audit_events(CONTOSO, None).await, Ok(1));
}
