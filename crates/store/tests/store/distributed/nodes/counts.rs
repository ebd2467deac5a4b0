//! What is counted for whoever looks after the store.

use std::time::Duration;

use gangway_engine::{Store as _, StoreError};
use gangway_store::{PoolStatistics, PostgresStore, RetryReason};

use crate::distributed::harness::database::{Database, retries, somebody_waits};
use crate::samples::*;

/// So many transactions that add an event are refused, as they are where others are in the way. What a sequence has counted
/// is not taken back with them.
const REFUSED: &str = "
    CREATE SEQUENCE tries;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('tries') <= 3 THEN
            RAISE EXCEPTION 'not now' USING ERRCODE = '40001';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse();
    CREATE TRIGGER refuse BEFORE UPDATE ON nodes FOR EACH ROW EXECUTE FUNCTION refuse()";

fn counted(store: &PostgresStore) -> Vec<u64> {
    RetryReason::ALL.iter().map(|reason| retries(store, *reason)).collect()
}

#[tokio::test]
async fn every_try_that_came_at_the_same_time_as_something_else_is_counted() {
    let database = Database::new().await;
    let store = database.open().await;
    stored(&store, CONTOSO).await;
    let outsider = database.outsider().await;
    outsider.batch_execute(REFUSED).await.unwrap();
    stored(&store, CONTOSO).await;
    assert_eq!(counted(&store), [3, 0, 0, 0]);
    // So is what is no changeset.
    store.ready().await.unwrap();
    outsider.batch_execute("ALTER SEQUENCE tries RESTART").await.unwrap();
    store.ready().await.unwrap();
    assert_eq!(counted(&store), [6, 0, 0, 0]);
    assert_eq!(store.statistics().unknown_commits, 0);
}

#[tokio::test]
async fn every_time_another_node_was_faster_with_a_chain_is_counted_by_who_was_slower() {
    let database = Database::new().await;
    let (one, other) = (database.open().await, database.open().await);
    stored(&one, CONTOSO).await;
    for _ in 0..2 {
        stored(&other, CONTOSO).await;
        stored(&one, CONTOSO).await;
    }
    // The first one remembers where the chain ended, the other had nothing to remember at first.
    assert_eq!((counted(&one), counted(&other)), (vec![0, 0, 2, 0], vec![0, 0, 1, 0]));
}

fn points(store: &PostgresStore) -> PoolStatistics {
    let mut pools = store.statistics().pools;
    assert_eq!(pools.iter().map(|pool| pool.name).collect::<Vec<_>>(), ["points", "lists", "queries"]);
    pools.remove(0)
}

#[tokio::test]
async fn who_waits_for_a_connection_is_seen_and_counted_when_it_was_in_vain() {
    let database = Database::new().await;
    let wait_lasts = Duration::from_millis(300);
    let store = database
        .open_as(|options| {
            options.connections = 1;
            options.wait_lasts = wait_lasts;
        })
        .await;
    let partner = stored(&store, CONTOSO).await;
    let free = PoolStatistics { name: "points", in_use: 0, idle: 1, waiting: 0, waited_in_vain: 0 };
    assert_eq!(points(&store), free);
    let (holder, observer) = (database.outsider().await, database.outsider().await);
    holder.batch_execute("BEGIN; UPDATE partners SET version = version").await.unwrap();
    let meanwhile = async {
        somebody_waits(&observer, 1).await;
        let seeing = async {
            while points(&store).waiting == 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(points(&store), PoolStatistics { in_use: 1, idle: 0, waiting: 1, ..free });
        };
        let (read, ()) = tokio::join!(store.partner(CONTOSO, partner.id), seeing);
        assert_eq!(read, Err(StoreError::Busy));
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let (committed, ()) =
        tokio::join!(store.commit(update(&partner, &renamed(&partner, "Other"))), meanwhile);
    assert_eq!(committed, APPLIED);
    assert_eq!(points(&store), PoolStatistics { waited_in_vain: 1, ..free });
    // As much where whoever asks has less time than that.
    holder.batch_execute("BEGIN; UPDATE partners SET version = version").await.unwrap();
    let before = read(&store, &partner).await.unwrap();
    let meanwhile = async {
        somebody_waits(&observer, 1).await;
        let read = store.partner(CONTOSO, partner.id);
        let read = gangway_engine::deadline::within(wait_lasts / 3, read).await;
        assert_eq!(read, Err(StoreError::Busy));
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let (committed, ()) = tokio::join!(store.commit(update(&before, &renamed(&before, "Third"))), meanwhile);
    assert_eq!((committed, points(&store).waited_in_vain), (APPLIED, 2));
}
