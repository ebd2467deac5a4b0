use gangway_domain::{AuditEvent, AuditEventId, Timestamp};
use gangway_store::{AuditReader, OpenError, SqliteStore};
use uuid::Uuid;

use crate::embedded::Place;
use crate::samples::*;

/// Events whose ids and times say the opposite of the order they are committed in.
async fn with_a_history(place: &Place) -> (SqliteStore, Vec<AuditEvent>) {
    let store = place.open();
    let mut current = stored(&store, CONTOSO).await;
    let mut events = store_events(&store).await;
    for n in 0..9 {
        let after = renamed(&current, &format!("Name {n}"));
        let mut change = update(&current, &after);
        let event = told_otherwise(&mut change);
        event.id = AuditEventId(Uuid::from_u128(0xffff - n));
        event.at = at(1000 - i64::try_from(n).unwrap());
        events.push(event.clone());
        done(&store, change).await;
        current = after;
    }
    stored(&store, FABRIKAM).await;
    (store, events)
}

async fn store_events(store: &SqliteStore) -> Vec<AuditEvent> {
    use gangway_engine::Store as _;
    let all = gangway_engine::Listing { limit: 100, ..gangway_engine::Listing::default() };
    store.audit_events(CONTOSO, all).await.unwrap().items
}

fn events(reader: &AuditReader, span: (u64, u64), since: Timestamp) -> Vec<(u64, AuditEvent)> {
    let events = reader.events(CONTOSO, span, since).unwrap();
    events.into_iter().map(|chained| (chained.sequence, chained.event)).collect()
}

#[tokio::test]
async fn events_come_in_the_order_of_commits_whatever_their_ids_and_times() {
    let place = Place::new();
    let (_store, written) = with_a_history(&place).await;
    let reader = AuditReader::open(&place.path()).unwrap();
    let all: Vec<_> = (1..).zip(written).collect();
    assert_eq!(reader.tenants().unwrap(), [CONTOSO, FABRIKAM]);
    assert_eq!((reader.last(CONTOSO).unwrap(), reader.without_place(CONTOSO).unwrap()), (10, 0));
    assert_eq!(events(&reader, (0, u64::MAX), Timestamp::NEVER), all);
    assert_eq!(events(&reader, (3, 5), Timestamp::NEVER), all[3..5], "behind the third, up to the fifth");
    assert_eq!(events(&reader, (10, 20), Timestamp::NEVER), []);
    assert_eq!(events(&reader, (0, 10), at(997)), all[1..5], "from that very moment on");
    assert_eq!(reader.at(CONTOSO, 5).unwrap(), Some(all[4].1.id));
    assert_eq!(reader.at(CONTOSO, 11).unwrap(), None);
}

#[tokio::test]
async fn between_two_reads_nothing_is_held_and_what_is_new_is_seen() {
    let place = Place::new();
    let (store, written) = with_a_history(&place).await;
    let reader = AuditReader::open(&place.path()).unwrap();
    assert_eq!(events(&reader, (0, 20), Timestamp::NEVER).len(), written.len());
    stored(&store, CONTOSO).await;
    drop(store);
    let (busy, left): (i64, i64) = place
        .outsider()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!((busy, left), (0, 0), "the log is empty");
    assert_eq!(reader.last(CONTOSO).unwrap(), 11);
    assert_eq!(events(&reader, (10, 11), Timestamp::NEVER).len(), 1);
}

#[tokio::test]
async fn events_without_a_place_are_counted_and_not_exported() {
    let place = Place::new();
    let (_store, written) = with_a_history(&place).await;
    place.outsider().execute_batch("UPDATE audit_events SET seq = NULL, hash = NULL WHERE seq <= 4").unwrap();
    let reader = AuditReader::open(&place.path()).unwrap();
    assert_eq!(reader.without_place(CONTOSO).unwrap(), 4);
    let placed = events(&reader, (0, 20), Timestamp::NEVER).into_iter().map(|(_, event)| event);
    assert_eq!(placed.collect::<Vec<_>>(), written[4..]);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_by_name() {
    let place = Place::new();
    assert!(AuditReader::open(&place.path()).is_err());
    assert!(!place.path().exists(), "and none is made");
    let (_store, _) = with_a_history(&place).await;
    let reader = AuditReader::open(&place.path()).unwrap();
    place.outsider().execute_batch("UPDATE audit_events SET activity = 'unheard of' WHERE seq = 2").unwrap();
    let error = reader.events(CONTOSO, (0, 20), Timestamp::NEVER).unwrap_err();
    assert!(matches!(&error, OpenError::Damaged { why, .. } if why.contains("activity")), "{error}");
    place.outsider().pragma_update(None, "user_version", 3).unwrap();
    let error = AuditReader::open(&place.path()).unwrap_err();
    assert!(matches!(error, OpenError::Older { found: 3, .. }), "{error}");
}
