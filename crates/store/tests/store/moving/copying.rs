use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gangway_engine::{CommitError, Committed, NodeId, Store as _, StoreError};
use gangway_private_postgres::Server;
use gangway_store::{CopyEvent, Database, PostgresOptions, PostgresStore};

use super::{
    content, copied, differing, filled, opened_at, postgres, reopened, sqlite, tenant, with_a_store,
};
use crate::samples::{
    at, done, events_about, fresh_uuid, key, partners_in, read, renamed, sealed, stored, update, verified,
};

#[tokio::test]
async fn every_kind_of_row_goes_to_postgresql_and_comes_back_as_it_was() {
    let (_kept, path) = with_a_store(12).await;
    let back = tempfile::tempdir().unwrap();
    let back = back.path().join("gangway.db");
    let before = content(&path);
    let (there, _) = postgres();
    let facts = copied(&sqlite(&path), &there).await.unwrap();
    assert_eq!(facts.chains, 12);
    assert!(facts.rows.iter().all(|(_, rows)| *rows > 0), "{facts:?}");
    assert!(facts.rows.contains(&("audit_events", facts.links)), "{facts:?}");
    assert_eq!(differing(&sqlite(&path), &there).await, []);
    copied(&there, &sqlite(&back)).await.unwrap();
    assert_eq!(content(&back), before);
    let facts: Vec<_> = verified(&back, None).chains;
    assert!(facts.iter().all(|chain| matches!(chain.finding, gangway_store::Finding::Whole(Some(_)))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_knows_when_its_source_was_restored_and_one_that_is_opened_again_is_older_itself() {
    let (_kept, path) = with_a_store(1).await;
    let (there, options) = postgres();
    let home = sqlite(&path);
    gangway_store::restored(&home, at(50_000)).await.unwrap();
    assert_eq!(opened_at(&path).restored_at().await, Ok(Some(at(50_000))));
    copied(&home, &there).await.unwrap();
    assert_eq!(differing(&home, &there).await, []);
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    assert_eq!(store.restored_at().await, Ok(Some(at(50_000))));
    store.close().await;
    reopened(&home).await;
    assert_eq!(opened_at(&path).restored_at().await, Ok(Some(at(super::REOPENED))));
    assert_eq!(differing(&home, &there).await, [("restores", 1)]);
    gangway_store::restored(&there, at(super::REOPENED + 1)).await.unwrap();
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    assert_eq!(store.restored_at().await, Ok(Some(at(super::REOPENED + 1))));
    store.close().await;
}

/// Whatever a clock says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_was_not_restored_before_what_is_in_it_came() {
    let (_kept, path) = with_a_store(1).await;
    let (there, options) = postgres();
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    filled(&store, 1..2).await;
    for database in [sqlite(&path), there] {
        gangway_store::restored(&database, at(-1)).await.unwrap();
    }
    // The newest of its credentials is of then.
    assert_eq!(opened_at(&path).restored_at().await, Ok(Some(at(7))));
    assert_eq!(store.restored_at().await, Ok(Some(at(7))));
    store.close().await;
}

#[tokio::test]
async fn what_was_copied_is_served_from_there_and_goes_on() {
    let (_kept, path) = with_a_store(3).await;
    let (there, options) = postgres();
    copied(&sqlite(&path), &there).await.unwrap();
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    assert!(!partners_in(&store, tenant(1)).await.unwrap().is_empty());
    filled(&store, 3..5).await;
    stored(&store, tenant(1)).await;
    store.close().await;
    // Where it came from has moved away, so it may have it all again.
    copied(&there, &sqlite(&path)).await.unwrap();
    let home = opened_at(&path);
    assert!(!partners_in(&home, tenant(4)).await.unwrap().is_empty());
    filled(&home, 5..6).await;
}

#[tokio::test]
async fn an_older_copy_becomes_what_a_new_one_is_with_no_secret_left_over() {
    let (_kept, path) = with_a_store(2).await;
    let other = tempfile::tempdir().unwrap();
    let fresh = other.path().join("gangway.db");
    let (there, options) = postgres();
    copied(&sqlite(&path), &there).await.unwrap();
    let gone = "DELETE FROM credentials; DELETE FROM attempts WHERE phase = 'redeeming'; \
        UPDATE attempts SET phase = 'closed', sealed = NULL WHERE phase = 'open'; \
        UPDATE releases SET sealed = '\\x0102' WHERE state = 'pending'";
    Server::shared().psql(options.url.rsplit('/').next().unwrap(), gone);
    copied(&there, &sqlite(&path)).await.unwrap();
    reopened(&there).await;
    copied(&there, &sqlite(&fresh)).await.unwrap();
    assert_eq!(content(&path), content(&fresh));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_served_from_is_copied_until_it_stops() {
    let (_kept, path) = with_a_store(3).await;
    let (there, _) = postgres();
    let store = opened_at(&path);
    let waited = AtomicBool::new(false);
    let mut watch = |event| {
        if event == CopyEvent::StillServed {
            waited.store(true, Ordering::SeqCst);
        }
    };
    let (source, serving) = (sqlite(&path), async {
        let mut next = 100;
        while !waited.load(Ordering::SeqCst) {
            filled(&store, next..next + 1).await;
            next += 1;
        }
        filled(&store, next..next + 3).await;
        store.close();
    });
    let (facts, ()) = tokio::join!(gangway_store::copy(&source, &there, &mut watch), serving);
    let facts = facts.unwrap();
    assert!(facts.chains >= 6, "{facts:?}");
    assert_eq!(differing(&source, &there).await, []);
}

/// Whoever goes on serving from where everything was is refused, so nothing is lost by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_postgresql_is_copied_beside_a_node_that_changes_nothing_there_from_then_on() {
    let (_, options) = postgres();
    let soon = Duration::from_secs(1);
    let source = PostgresOptions { point_lasts: soon, commit_lasts: soon, ..options.clone() };
    let there = Database::Postgres(source, key());
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    filled(&store, 0..3).await;
    let (node, now, lasts) = (NodeId(fresh_uuid()), at(100), Duration::from_secs(30));
    assert_eq!(store.lease_parts(node, now, lasts).await, Ok(256));
    assert!(!store.due_releases(node, now, 10).await.unwrap().is_empty());
    let first = stored(&store, tenant(1)).await;
    let writing = async {
        let (mut known, mut last) = (first.clone(), None);
        loop {
            let next = renamed(&known, "moved");
            let change = update(&known, &next);
            match store.commit(change.clone()).await {
                Ok(Committed::Applied) => (known, last) = (next, Some(change)),
                Err(CommitError::Store(StoreError::Unavailable(why))) => {
                    assert!(why.contains("moves to another database"), "{why}");
                    return (known, last.unwrap());
                }
                other => panic!("{other:?}"),
            }
        }
    };
    let home = tempfile::tempdir().unwrap();
    let home = home.path().join("gangway.db");
    let target = sqlite(&home);
    let (facts, (known, last)) = tokio::join!(copied(&there, &target), writing);
    facts.unwrap();
    assert_eq!(differing(&there, &target).await, []);
    let copy = opened_at(&home);
    assert_eq!(read(&copy, &known).await.as_ref(), Some(&known));
    assert_eq!(events_about(&copy, &known).await.len() as u64, known.version.0);

    assert_eq!(store.commit(last).await, Ok(Committed::Duplicate), "it was committed before");
    assert_eq!(store.due_releases(node, now, 10).await.unwrap(), [], "they are tried from the copy");
    assert_eq!(store.forget_attempts(at(1_000_000), 10).await, Ok(0));
    let secret = store.secrets(None, 1).await.unwrap().remove(0);
    let resealed = store.reseal(secret.clone(), sealed()).await;
    assert!(matches!(resealed, Err(StoreError::Unavailable(_))), "{resealed:?}");
    assert_eq!(read(&store, &known).await.as_ref(), Some(&known), "reads go on");

    reopened(&there).await;
    done(&store, update(&known, &renamed(&known, "back"))).await;
    assert_eq!(store.reseal(secret, sealed()).await, Ok(true));
    assert!(!store.due_releases(node, now, 10).await.unwrap().is_empty());
    assert_ne!(store.forget_attempts(at(1_000_000), 10).await, Ok(0));
}

#[tokio::test]
async fn what_changed_or_went_since_the_last_time_changes_or_goes_there() {
    let (_kept, path) = with_a_store(4).await;
    let (there, _) = postgres();
    copied(&sqlite(&path), &there).await.unwrap();
    reopened(&sqlite(&path)).await;
    {
        let database = rusqlite::Connection::open(&path).unwrap();
        let harm = "DELETE FROM partners WHERE status = 'onboarding'; \
            UPDATE partners SET display_name = 'other' WHERE status = 'notOnboarded'; \
            UPDATE settings SET block_chat = 0; DELETE FROM attempts; DELETE FROM credentials; \
            UPDATE secrets SET sealed = (SELECT max(sealed) FROM secrets)";
        database.execute_batch(harm).unwrap();
    }
    filled(&opened_at(&path), 7..8).await;
    let named: Vec<_> = differing(&sqlite(&path), &there).await.into_iter().map(|of| of.0).collect();
    let all = [
        "partners",
        "departed_partners",
        "attempts",
        "credentials",
        "releases",
        "settings",
        "commits",
        "audit_heads",
        "audit_events",
        // One that is opened again is an older copy.
        "restores",
    ];
    assert_eq!(named, all);
}
