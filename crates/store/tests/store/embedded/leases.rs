use std::time::Duration;

use gangway_engine::{NodeId, Store};

use super::Place;
use super::log::log_pages;
use crate::samples::*;

const LASTS: Duration = Duration::from_secs(30);

#[tokio::test]
async fn to_ask_for_leases_that_are_held_writes_nothing() {
    let place = Place::new();
    let store = place.open();
    let node = NodeId(fresh_uuid());
    assert_eq!(store.lease_parts(node, at(0), LASTS).await, Ok(256));
    let pages = log_pages(&place);
    for second in 1..20 {
        assert_eq!(store.lease_parts(node, at(second), LASTS).await, Ok(256));
    }
    assert_eq!(log_pages(&place), pages);
}

#[tokio::test]
async fn the_next_process_takes_the_leases_of_the_one_before_at_once() {
    let place = Place::new();
    let (partner, release, before) = {
        let store = place.open();
        let node = NodeId(fresh_uuid());
        assert_eq!(store.lease_parts(node, at(0), LASTS).await, Ok(256));
        let partner = stored(&store, CONTOSO).await;
        let (release, _) = pending(&store, &partner, at(0)).await;
        let due = store.due_releases(node, at(0), 10).await.unwrap();
        (partner, release, due[0].lease)
    };
    let store = place.open();
    let node = NodeId(fresh_uuid());
    assert_eq!(store.lease_parts(node, at(1), LASTS).await, Ok(256));
    let now = store.due_releases(node, at(1), 10).await.unwrap()[0].lease;
    assert_eq!((now.node, now.epoch), (node, before.epoch + 1));
    let late = update_release(&release, &confirmed(&release), Some(before));
    assert_eq!(store.commit(beside(&partner, vec![late])).await, STALE);
}
