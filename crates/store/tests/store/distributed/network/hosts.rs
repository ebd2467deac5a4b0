use std::net::TcpListener;

use gangway_engine::Store as _;
use gangway_private_postgres::{Durability, Server};
use gangway_store::{PostgresError, PostgresOptions, PostgresStore};

use crate::distributed::options_of_a_new_database;
use crate::samples::*;

/// The same database, with these hosts before its own.
fn behind(url: &str, hosts: &str) -> String {
    url.replace('@', &format!("@{hosts},"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_hosts_the_one_that_answers_is_used() {
    let options = options_of_a_new_database().await;
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let others = format!("127.0.0.1:{gone},127.0.0.1:{}", mute.local_addr().unwrap().port());
    let store =
        PostgresStore::open(&PostgresOptions { url: behind(&options.url, &others), ..options }, &key())
            .await
            .unwrap();
    let partner = stored(&store, CONTOSO).await;
    assert_eq!(store.partner(CONTOSO, partner.id).await, Ok(Some(partner)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_only_reads_is_none_to_use() {
    let standby = crate::distributed::on_a_thread(|| {
        Server::start(Durability::None, &["default_transaction_read_only=on"])
    })
    .await;
    let alone = PostgresOptions::at(standby.url("postgres"));
    let error = PostgresStore::open(&alone, &key()).await.unwrap_err();
    assert!(matches!(error, PostgresError::Unreachable { .. }), "{error:?}");

    let options = options_of_a_new_database().await;
    let first = format!("127.0.0.1:{}", standby.port());
    let both = PostgresOptions { url: behind(&options.url, &first), ..options };
    let store = PostgresStore::open(&both, &key()).await.unwrap();
    assert_eq!(store.ready().await, Ok(()));
}
