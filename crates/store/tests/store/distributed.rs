//! What only the store of many nodes does.

mod alike;
mod audit;
mod commits;
mod harness;
mod network;
mod nodes;
mod opening;
mod slow;

pub(crate) use harness::stubborn::options_of_a_stubborn_database;

use std::time::Duration;

use gangway_private_postgres::Server;
use gangway_store::{PostgresOptions, migrate};
use tokio::sync::OnceCell;

/// A database of a test's own that has the schema already.
pub(crate) async fn options_of_a_new_database() -> PostgresOptions {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(|| async {
        let url = on_a_thread(|| Server::shared().new_database()).await;
        migrate(&PostgresOptions::at(&url)).await.unwrap();
        url.rsplit('/').next().unwrap().to_owned()
    });
    let template = template.await;
    let url = on_a_thread(move || Server::shared().database_like(template)).await;
    PostgresOptions { connections: 4, list_connections: 1, query_connections: 2, ..PostgresOptions::at(url) }
}

/// One where nothing is given up however busy the machine is, for tests that are not about time.
pub(crate) async fn options_of_a_patient_store() -> PostgresOptions {
    let long = Duration::from_secs(30);
    PostgresOptions {
        connect_lasts: long,
        wait_lasts: long,
        point_lasts: long,
        list_lasts: long,
        query_lasts: long,
        commit_lasts: long,
        ..options_of_a_new_database().await
    }
}

/// What takes a while and waits for other programs.
pub(crate) async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}
