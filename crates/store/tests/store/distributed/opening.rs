use gangway_engine::Store as _;
use gangway_private_postgres::Server;
use gangway_store::{PostgresError, PostgresOptions, PostgresStore, migrate, status};

use super::{on_a_thread, options_of_a_new_database};
use crate::samples::key;
use crate::upgraded;

#[tokio::test]
async fn a_new_database_gets_its_schema_once_however_many_open_it() {
    let options = PostgresOptions::at(Server::shared().new_database());
    assert_eq!(status(&options).await.unwrap().found, 0);
    let opened = (0..8).map(|_| {
        let options = options.clone();
        tokio::spawn(async move { PostgresStore::open(&options, &key()).await.unwrap().ready().await })
    });
    for opened in opened.collect::<Vec<_>>() {
        assert_eq!(opened.await.unwrap(), Ok(()));
    }
    let schema = status(&options).await.unwrap();
    assert_eq!((schema.found, schema.missing.len()), (10, 0));
    assert_eq!(migrate(&options).await.unwrap(), schema);
}

async fn outside(options: &PostgresOptions, sql: &str) {
    let (name, sql) = (options.url.rsplit('/').next().unwrap().to_owned(), sql.to_owned());
    on_a_thread(move || Server::shared().psql(&name, &sql)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_schema_is_used_if_this_program_knows_enough_and_left_alone_if_not() {
    let options = options_of_a_new_database().await;
    outside(&options, "INSERT INTO schema_steps VALUES (11, '0011_more', 0, 9)").await;
    assert_eq!(PostgresStore::open(&options, &key()).await.unwrap().ready().await, Ok(()));
    outside(&options, "INSERT INTO schema_steps VALUES (12, '0012_other', 0, 12)").await;
    for migrates in [true, false] {
        let error =
            PostgresStore::open(&PostgresOptions { migrates, ..options.clone() }, &key()).await.unwrap_err();
        let is = matches!(error, PostgresError::Newer { found: 12, works_with: 12, known: 10, .. });
        assert!(is, "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_was_cut_short_is_taken_again() {
    let options = options_of_a_new_database().await;
    outside(&options, "DELETE FROM schema_steps WHERE number > 4; DROP TABLE settings; DROP TABLE nodes")
        .await;
    let without = PostgresOptions { migrates: false, ..options.clone() };
    let error = PostgresStore::open(&without, &key()).await.unwrap_err();
    assert!(matches!(error, PostgresError::Older { found: 4, needed: 10, .. }), "{error:?}");
    let before = migrate(&options).await.unwrap();
    assert_eq!(before.missing.iter().map(|step| step.number).collect::<Vec<_>>(), [5, 6, 7, 8, 9, 10]);
    assert_eq!(PostgresStore::open(&without, &key()).await.unwrap().ready().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_schema_7_is_brought_up_to_date_with_everything_in_it() {
    let options = options_of_a_new_database().await;
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    let old = upgraded::fill(&store).await;
    store.close().await;
    let back = "DROP TABLE commits; DROP TABLE departed_partners; \
        ALTER TABLE releases DROP COLUMN tokens, DROP COLUMN obstacle; \
        ALTER TABLE audit_heads DROP COLUMN adopted, DROP COLUMN unlinked, DROP COLUMN mac; DROP TABLE audit_rosters; \
        DELETE FROM schema_steps WHERE number > 7";
    outside(&options, back).await;
    assert_eq!(status(&options).await.unwrap().found, 7);
    let store = PostgresStore::open(&options, &key().adopting()).await.unwrap();
    upgraded::is_up_to_date(&store, old).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_with_other_texts_is_refused() {
    let server = Server::shared();
    for (name, how) in [
        ("texts_ascii", "ENCODING 'SQL_ASCII' LOCALE 'C'"),
        ("texts_c", "ENCODING 'UTF8' LOCALE 'C'"),
        ("texts_icu", "ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'en'"),
    ] {
        let make = format!("CREATE DATABASE {name} {how} TEMPLATE template0");
        on_a_thread(move || server.psql("postgres", &make)).await;
        let error = PostgresStore::open(&PostgresOptions::at(server.url(name)), &key()).await.unwrap_err();
        assert!(matches!(error, PostgresError::Texts { .. }), "{error:?}");
        assert!(error.to_string().contains("LOCALE 'C.UTF-8'"), "{error}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_database_is_told_with_what_to_do() {
    let server = Server::shared();
    let error = PostgresStore::open(&PostgresOptions::at(server.url("nowhere")), &key()).await.unwrap_err();
    assert!(matches!(error, PostgresError::NoDatabase(_)), "{error:?}");
    let stranger = server.url("postgres").replace("private:private@", "private:wrong@");
    let error = PostgresStore::open(&PostgresOptions::at(stranger), &key()).await.unwrap_err();
    assert!(matches!(error, PostgresError::Refused { .. }), "{error:?}");
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = PostgresStore::open(&PostgresOptions::at(format!("postgres://a@{gone}/b")), &key())
        .await
        .unwrap_err();
    assert!(matches!(error, PostgresError::Unreachable { .. }), "{error:?}");
}
