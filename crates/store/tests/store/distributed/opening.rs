use gangway_engine::Store as _;
use gangway_private_postgres::Server;
use gangway_store::{PostgresOptions, PostgresStore, migrate, status};

#[tokio::test]
async fn a_new_database_gets_its_schema_once_however_many_open_it() {
    let options = PostgresOptions::at(Server::shared().new_database());
    assert_eq!(status(&options).await.unwrap().found, 0);
    let opened = (0..8).map(|_| {
        let options = options.clone();
        tokio::spawn(async move { PostgresStore::open(&options).await.unwrap().ready().await })
    });
    for opened in opened.collect::<Vec<_>>() {
        assert_eq!(opened.await.unwrap(), Ok(()));
    }
    let schema = status(&options).await.unwrap();
    assert_eq!((schema.found, schema.missing.len()), (6, 0));
    assert_eq!(migrate(&options).await.unwrap(), schema);
}
