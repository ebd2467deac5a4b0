//! The worker over the real store, with partners that can be made to hang.

mod fixture;

use std::time::{Duration, Instant};

use tokio::time::timeout;

use fixture::{Fixture, PATIENCE};

/// So long that nothing here waits for it.
const NEVER: Duration = Duration::from_hours(1);

#[tokio::test]
async fn many_are_released_at_once_and_a_partner_that_hangs_holds_up_none() {
    let fixture = Fixture::new();
    // The quick ones wait for each other, three and three, so they come to an end only if they are tried together.
    fixture.partners.quick_ones_wait_for(3);
    fixture.cut_slow().await;
    for _ in 0..12 {
        fixture.cut_quick().await;
    }
    let (stop, worker) = fixture.work(4, NEVER, NEVER);
    fixture.pending_are(1).await;
    assert_eq!(fixture.partners.most_at_once(), 4, "one hangs, three go on");
    fixture.partners.let_go();
    fixture.pending_are(0).await;
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_release_that_begins_is_tried_without_waiting_for_the_next_look() {
    let fixture = Fixture::new();
    let (stop, worker) = fixture.work(4, NEVER, NEVER);
    for _ in 0..3 {
        fixture.cut_quick().await;
        fixture.pending_are(0).await;
    }
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_looked_at_no_oftener_than_otherwise() {
    let fixture = Fixture::new();
    fixture.engine.store().close().await;
    let (looks, begun) = (fixture.looks(), Instant::now());
    let every = Duration::from_millis(100);
    let (stop, worker) = fixture.work(4, every, NEVER);
    fixture.eventually(|| fixture.looks() >= looks + 3).await;
    assert!(begun.elapsed() >= 2 * every, "{:?}", begun.elapsed());
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_written_lets_no_partner_be_asked_oftener_than_otherwise() {
    let fixture = Fixture::new();
    fixture.cut_quick().await;
    assert_eq!(fixture.engine.due_releases(1).await.unwrap().len(), 1, "the lease is taken while it can be");
    let other_program = fixture.lock_database();
    let (begun, every) = (Instant::now(), Duration::from_millis(100));
    let (stop, worker) = fixture.work(4, every, NEVER);
    fixture.eventually(|| fixture.partners.asked() >= 3).await;
    assert!(begun.elapsed() >= 2 * every, "{:?}", begun.elapsed());
    drop(other_program);
    fixture.pending_are(0).await;
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_hangs_when_it_is_told_to_stop_is_broken_off_and_tried_again_later() {
    let fixture = Fixture::new();
    fixture.cut_slow().await;
    let (stop, worker) = fixture.work(4, NEVER, Duration::from_millis(50));
    fixture.eventually(|| fixture.partners.asked() == 1).await;
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
    fixture.pending_are(1).await;

    fixture.partners.let_go();
    let (stop, worker) = fixture.work(4, NEVER, NEVER);
    fixture.pending_are(0).await;
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_ends_in_time_when_it_is_told_to_stop_is_recorded_and_nothing_new_is_begun() {
    let fixture = Fixture::new();
    fixture.cut_slow().await;
    let (stop, worker) = fixture.work(1, NEVER, NEVER);
    fixture.eventually(|| fixture.partners.asked() == 1).await;
    fixture.cut_quick().await;
    stop.send_replace(true);
    fixture.partners.let_go();
    timeout(PATIENCE, worker).await.unwrap().unwrap();
    fixture.pending_are(1).await;
    assert_eq!(fixture.partners.asked(), 1);
}

#[tokio::test]
async fn a_try_that_panics_is_made_again_after_a_pause() {
    let fixture = Fixture::new();
    fixture.partners.panic_once();
    fixture.cut_quick().await;
    let (begun, every) = (Instant::now(), Duration::from_millis(100));
    let (stop, worker) = fixture.work(1, every, NEVER);
    fixture.pending_are(0).await;
    assert!(begun.elapsed() >= every && fixture.partners.asked() == 2, "{:?}", begun.elapsed());
    stop.send_replace(true);
    timeout(PATIENCE, worker).await.unwrap().unwrap();
}
