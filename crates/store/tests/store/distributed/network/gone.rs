use std::time::{Duration, Instant};

use gangway_engine::{Listing, NodeId, Store as _, StoreError, deadline};
use gangway_private_postgres::Server;
use gangway_store::{PostgresError, PostgresOptions, PostgresStore};

use crate::distributed::harness::relay::{Relay, Way};
use crate::distributed::{on_a_thread, options_of_a_new_database};
use crate::portable::Watch;
use crate::samples::*;
use crate::slow::{endless, put_an_event};

/// What a read may take, and what a busy machine adds.
const IN_TIME: Duration = Duration::from_millis(2000 + 500);

/// Longer than the database is left alone with a list.
const LONG_AT_WORK: Duration = Duration::from_millis(2200);

async fn through_a_relay() -> (PostgresStore, Relay) {
    let options = options_of_a_new_database().await;
    let relay = Relay::to(Server::shared().port()).await;
    let options = PostgresOptions { url: relay.url(&options.url), ..options };
    (PostgresStore::open(&options, &key()).await.unwrap(), relay)
}

/// What is answered, which has to come in time.
async fn soon<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let begun = Instant::now();
    let answer = asked.await;
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_gone_every_read_says_so_in_time_and_then_all_is_well_without_a_restart() {
    let (store, relay) = through_a_relay().await;
    let partner = stored(&store, CONTOSO).await;
    for way in [Way::Shut, Way::Mute, Way::Shut] {
        // So that there are connections of each kind that nobody has used for a while.
        assert!(store.partners(CONTOSO, Listing::all()).await.is_ok());
        assert!(store.pending_releases().await.is_ok());
        tokio::time::sleep(Duration::from_millis(1100)).await;
        relay.turn(way);
        for _ in 0..2 {
            assert!(soon(store.partner(CONTOSO, partner.id)).await.is_err(), "{way:?}");
            assert!(soon(store.settings(CONTOSO)).await.is_err(), "{way:?}");
            assert!(soon(store.partners(CONTOSO, Listing::all())).await.is_err(), "{way:?}");
            assert!(soon(store.pending_releases()).await.is_err(), "{way:?}");
            assert!(soon(store.ready()).await.is_err(), "{way:?}");
        }
        relay.turn(Way::Open);
        // The relay takes a moment to listen again.
        while store.ready().await.is_err() {}
        assert_eq!(soon(store.partner(CONTOSO, partner.id)).await, Ok(Some(partner.clone())));
        let all = soon(store.partners(CONTOSO, Listing::all())).await.unwrap().items;
        assert_eq!(all, std::slice::from_ref(&partner));
        stored(&store, FABRIKAM).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_over_connections_that_fell_silent_a_moment_ago_ends_in_time() {
    let (store, relay) = through_a_relay().await;
    let partner = stored(&store, CONTOSO).await;
    relay.turn(Way::Mute);
    assert!(soon(store.partner(CONTOSO, partner.id)).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_over_connections_that_fell_silent_a_moment_ago_ends_in_time() {
    let _watch = Watch::new();
    let (store, relay) = through_a_relay().await;
    stored(&store, CONTOSO).await;
    assert!(store.partners(CONTOSO, Listing::all()).await.is_ok());
    relay.turn(Way::Mute);
    let (list, count) = tokio::join!(
        soon(store.partners(CONTOSO, Listing::all())),
        soon(store.count_partners(CONTOSO, None))
    );
    for answer in [list.map(drop), count.map(drop)] {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
}

/// It is not known to be slow, as the database is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_at_work_when_the_database_falls_silent_ends_in_time() {
    let (store, relay) = through_a_relay().await;
    put_an_event(&store).await;
    let begun = Instant::now();
    let falls_silent = async {
        tokio::time::sleep(LONG_AT_WORK).await;
        relay.turn(Way::Mute);
    };
    let counting = async {
        let answer = store.count_audit_events(CONTOSO, Some(endless())).await;
        (answer, begun.elapsed())
    };
    let ((answer, after), ()) = tokio::join!(counting, falls_silent);
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert!(after > LONG_AT_WORK && after < LONG_AT_WORK + IN_TIME, "{after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_nobody_answers_is_asked_again_over_another_connection() {
    let (store, relay) = through_a_relay().await;
    let partner = stored(&store, CONTOSO).await;
    relay.turn(Way::New);
    assert_eq!(soon(store.partner(CONTOSO, partner.id)).await, Ok(Some(partner)));
}

/// As when a node's address moves to another machine: nothing answers on the connections there are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_connections_that_fell_silent_one_is_waited_for() {
    let (options, relay) = (options_of_a_new_database().await, Relay::to(Server::shared().port()).await);
    let options = PostgresOptions { url: relay.url(&options.url), connections: 8, ..options };
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    let partner = stored(&store, CONTOSO).await;
    let reads = (0..64).map(|_| store.partner(CONTOSO, partner.id));
    futures_util::future::join_all(reads).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    relay.turn(Way::New);
    assert_eq!(soon(store.partner(CONTOSO, partner.id)).await, Ok(Some(partner.clone())));
    assert_eq!(store.ready().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_server_ended_are_replaced_without_anybody_noticing() {
    let options = options_of_a_new_database().await;
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    let partner = stored(&store, CONTOSO).await;
    let name = options.url.rsplit('/').next().unwrap().to_owned();
    for _ in 0..3 {
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        on_a_thread(move || Server::shared().psql("postgres", &end)).await;
        assert_eq!(store.partner(CONTOSO, partner.id).await, Ok(Some(partner.clone())));
        assert!(store.partners(CONTOSO, Listing::all()).await.is_ok());
        assert_eq!(
            store.lease_parts(NodeId(fresh_uuid()), at(0), Duration::from_secs(9)).await.map(drop),
            Ok(())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_longer_than_who_asks() {
    let (store, relay) = through_a_relay().await;
    let partner = stored(&store, CONTOSO).await;
    relay.turn(Way::Mute);
    let begun = Instant::now();
    let asked = deadline::within(Duration::from_millis(200), store.partner(CONTOSO, partner.id));
    assert!(asked.await.is_err());
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_is_not_waited_for() {
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port();
    let options = PostgresOptions::at(format!("postgres://someone:hunter2@127.0.0.1:{port}/gangway"));
    let begun = Instant::now();
    let error = PostgresStore::open(&options, &key()).await.unwrap_err();
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    assert!(matches!(error, PostgresError::Unreachable { .. }), "{error:?}");
    let told = error.to_string();
    assert!(told.contains(&format!("127.0.0.1:{port}/gangway")) && !told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn a_store_that_was_closed_refuses_everything() {
    let store = PostgresStore::open(&options_of_a_new_database().await, &key()).await.unwrap();
    store.close().await;
    store.close().await;
    assert!(store.partner(CONTOSO, partner_of(CONTOSO).id).await.is_err());
    assert!(store.commit(insert(&partner_of(CONTOSO))).await.is_err());
    assert!(store.ready().await.is_err());
}
