//! Queries that take too long, and callers that have no time.

use std::time::Duration;

use gangway_domain::{Audited, AuditedChange};
use gangway_engine::{Listing, Store, StoreError, deadline};
use gangway_graph::schema::{AUDIT_EVENT, AUDIT_PROPERTY, AUDIT_RESOURCE};
use gangway_odata::model::{Property, StructuredType};
use gangway_odata::{Comparison, Filter, Literal, Operand, Path, Root};
use gangway_store::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};

use crate::samples::*;

/// How long a query may take here; and how long whoever is in a hurry waits, and whoever is not.
const QUERY_LASTS: Duration = Duration::from_millis(700);
const HURRY: Duration = Duration::from_millis(150);
const PATIENCE: Duration = Duration::from_secs(30);

/// What takes the database longer than anybody waits, of whatever events there are.
pub(crate) fn endless() -> Filter {
    const DEPTH: usize = 8;
    let is_in_none = |depth| Filter::Compare {
        left: Operand::Path(Path {
            root: Root::Variable(depth),
            steps: vec![property(&AUDIT_PROPERTY, "newValue")],
        }),
        comparison: Comparison::Eq,
        right: Operand::Literal(Literal::String("in none".into())),
    };
    // About all of them, or a database looks at each by itself.
    let innermost = Filter::Or((1..=DEPTH).map(is_in_none).collect());
    let inside =
        || Path { root: Root::Variable(0), steps: vec![property(&AUDIT_RESOURCE, "modifiedProperties")] };
    let nested = (0..DEPTH).fold(innermost, |condition, _| Filter::Any {
        collection: inside(),
        condition: Some(Box::new(condition)),
    });
    let resources = Path { root: Root::Item, steps: vec![property(&AUDIT_EVENT, "resources")] };
    Filter::Any { collection: resources, condition: Some(Box::new(nested)) }
}

fn property(of: &'static StructuredType, name: &str) -> &'static Property {
    of.property(name).unwrap()
}

/// Of which [`endless`] looks at every property, time and again.
pub(crate) async fn put_an_event(store: &impl Store) {
    let mut change = insert(&partner_of(CONTOSO));
    let names = |n: usize| AuditedChange::now(Audited::Reason, format!("{n}"));
    told_otherwise(&mut change).changes = (0..30).map(names).collect();
    done(store, change).await;
}

/// Who asks the same again is answered the same if the query was too slow, and better, perhaps, if there was no time for it.
async fn only_what_had_all_the_time_a_query_may_take_is_too_slow(store: &impl Store) {
    put_an_event(store).await;
    let count = || store.count_audit_events(CONTOSO, Some(endless()));
    assert_eq!(count().await, Err(StoreError::TooSlow));
    let list = || store.audit_events(CONTOSO, Listing { filter: Some(endless()), ..Listing::first(1) });
    assert_eq!(deadline::within(PATIENCE, list()).await, Err(StoreError::TooSlow));

    let hurried = deadline::within(HURRY, count()).await;
    assert!(matches!(hurried, Err(StoreError::Unavailable(_))), "{hurried:?}");
    let hurried = deadline::within(HURRY, list()).await;
    assert!(matches!(hurried, Err(StoreError::Unavailable(_))), "{hurried:?}");

    // Nor is what did not get its turn, however fast it would have been.
    let waiting = async {
        tokio::time::sleep(HURRY).await;
        deadline::within(HURRY, store.count_partners(CONTOSO, None)).await
    };
    let (.., waited) = tokio::join!(count(), count(), waiting);
    assert!(matches!(waited, Err(StoreError::Unavailable(_) | StoreError::Busy)), "{waited:?}");
    assert_eq!(store.count_partners(CONTOSO, None).await, Ok(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_had_all_the_time_a_query_may_take_is_too_slow_for_the_embedded_store() {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteOptions::at(directory.path().join("gangway.db"));
    let options = SqliteOptions { query_timeout: QUERY_LASTS, query_readers: 2, ..options };
    let store = SqliteStore::open(&options, &key()).unwrap();
    only_what_had_all_the_time_a_query_may_take_is_too_slow(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_had_all_the_time_a_query_may_take_is_too_slow_for_postgresql() {
    let options = crate::distributed::options_of_a_patient_store().await;
    let options = PostgresOptions { query_lasts: QUERY_LASTS, query_connections: 2, ..options };
    let store = PostgresStore::open(&options, &key()).await.unwrap();
    only_what_had_all_the_time_a_query_may_take_is_too_slow(&store).await;
}
