use std::time::Duration;

use gangway_domain::Partner;
use gangway_engine::{Listing, Store, StoreError};
use gangway_odata::{Filter, Literal, Operand, TextTest};
use gangway_store::{SqliteOptions, SqliteStore};

use super::Place;
use crate::queries::path;
use crate::samples::*;

/// What is in no name, so that all of them are looked at.
fn nowhere() -> Filter {
    let part = Operand::Literal(Literal::String("zz".into()));
    Filter::Text { test: TextTest::Contains, text: path::<Partner>("displayName"), part }
}

#[tokio::test]
async fn a_list_or_count_that_takes_too_long_is_ended_and_holds_up_nothing_else() {
    let place = Place::new();
    let options = SqliteOptions { query_lasts: Duration::ZERO, query_readers: 1, ..place.options() };
    let store = SqliteStore::open(&options).unwrap();
    for _ in 0..500 {
        stored(&store, CONTOSO).await;
    }
    for _ in 0..3 {
        assert_eq!(store.count_partners(CONTOSO, Some(nowhere())).await, Err(StoreError::TooSlow));
        let listing = Listing { filter: Some(nowhere()), ..Listing::first(10) };
        assert_eq!(store.partners(CONTOSO, listing).await, Err(StoreError::TooSlow));
    }
    assert_eq!(store.partners(CONTOSO, Listing::first(1)).await.unwrap().items.len(), 1);
    let connected = store.connected_partners(None, usize::MAX).await.unwrap();
    assert_eq!(connected.len(), 500, "what the program asks for itself is not limited");
    stored(&store, CONTOSO).await;
    store.close();

    let options = SqliteOptions { query_lasts: Duration::MAX, ..place.options() };
    let store = SqliteStore::open(&options).unwrap();
    assert_eq!(store.count_partners(CONTOSO, Some(nowhere())).await, Ok(0));
    assert_eq!(store.count_partners(CONTOSO, None).await, Ok(501));
}

#[tokio::test]
async fn queries_see_every_commit_that_was_answered() {
    let place = Place::new();
    let store = SqliteStore::open(&SqliteOptions { query_readers: 1, ..place.options() }).unwrap();
    for n in 0..20 {
        for _ in 0..n % 4 {
            assert_eq!(store.count_partners(CONTOSO, None).await, Ok(n));
        }
        stored(&store, CONTOSO).await;
    }
}
