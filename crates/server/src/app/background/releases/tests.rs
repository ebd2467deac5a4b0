//! The worker over the real store, with partners that can be made to hang.

mod house;

use std::time::{Duration, Instant};

use tokio::time::timeout;

use house::{House, PATIENCE};

/// So long that nothing here waits for it.
const NEVER: Duration = Duration::from_hours(1);

#[tokio::test]
async fn many_are_released_at_once_and_a_partner_that_hangs_holds_up_none() {
    let house = House::new();
    // The quick ones wait for each other, three and three, so they come to an end only if they are tried together.
    house.partners.quick_ones_wait_for(3);
    house.cut_slow().await;
    for _ in 0..12 {
        house.cut_quick().await;
    }
    let (stop, worker) = house.work(4, NEVER, NEVER);
    house.pending_are(1).await;
    assert_eq!(house.partners.most_at_once(), 4, "one hangs, three go on");
    house.partners.let_go();
    house.pending_are(0).await;
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_release_that_begins_is_tried_without_waiting_for_the_next_look() {
    let house = House::new();
    let (stop, worker) = house.work(4, NEVER, NEVER);
    for _ in 0..3 {
        house.cut_quick().await;
        house.pending_are(0).await;
    }
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_looked_at_no_oftener_than_otherwise() {
    let house = House::new();
    house.engine.store().close().await;
    let (looks, begun) = (house.looks(), Instant::now());
    let every = Duration::from_millis(100);
    let (stop, worker) = house.work(4, every, NEVER);
    house.eventually(|| house.looks() >= looks + 3).await;
    assert!(begun.elapsed() >= 2 * every, "{:?}", begun.elapsed());
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_written_lets_no_partner_be_asked_oftener_than_otherwise() {
    let house = House::new();
    house.cut_quick().await;
    assert_eq!(house.engine.due_releases(1).await.unwrap().len(), 1, "the lease is taken while it can be");
    let other_program = house.lock_database();
    let (begun, every) = (Instant::now(), Duration::from_millis(100));
    let (stop, worker) = house.work(4, every, NEVER);
    house.eventually(|| house.partners.asked() >= 3).await;
    assert!(begun.elapsed() >= 2 * every, "{:?}", begun.elapsed());
    drop(other_program);
    house.pending_are(0).await;
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_hangs_when_it_is_told_to_stop_is_broken_off_and_tried_again_later() {
    let house = House::new();
    house.cut_slow().await;
    let (stop, worker) = house.work(4, NEVER, Duration::from_millis(50));
    house.eventually(|| house.partners.asked() == 1).await;
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
    house.pending_are(1).await;

    house.partners.let_go();
    let (stop, worker) = house.work(4, NEVER, NEVER);
    house.pending_are(0).await;
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_ends_in_time_when_it_is_told_to_stop_is_recorded_and_nothing_new_is_begun() {
    let house = House::new();
    house.cut_slow().await;
    let (stop, worker) = house.work(1, NEVER, NEVER);
    house.eventually(|| house.partners.asked() == 1).await;
    house.cut_quick().await;
    stop.send_replace(true);
    house.partners.let_go();
    timeout(PATIENCE, worker).await.unwrap().unwrap();
    house.pending_are(1).await;
    assert_eq!(house.partners.asked(), 1);
}

#[tokio::test]
async fn a_try_that_panics_is_made_again_after_a_pause() {
    let house = House::new();
    house.partners.panic_once();
    house.cut_quick().await;
    let (begun, every) = (Instant::now(), Duration::from_millis(100));
    let (stop, worker) = house.work(1, every, NEVER);
    house.pending_are(0).await;
    assert!(begun.elapsed() >= every && house.partners.asked() == 2, "{:?}", begun.elapsed());
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}
