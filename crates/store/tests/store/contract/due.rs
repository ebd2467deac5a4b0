use std::time::Duration;

use gangway_domain::{Partner, Release, Timestamp};
use gangway_engine::{DueRelease, Lease, NodeId, Store};

use crate::samples::*;

const LASTS: Duration = Duration::from_secs(30);

/// A node that holds all parts.
async fn holder(store: &impl Store, now: Timestamp) -> NodeId {
    let node = NodeId(fresh_uuid());
    assert_eq!(store.lease_parts(node, now, LASTS).await, Ok(256));
    node
}

async fn due(store: &impl Store, node: NodeId, now: i64) -> Vec<Release> {
    let due = store.due_releases(node, at(now), 100).await.unwrap();
    due.into_iter().map(|due: DueRelease| due.release).collect()
}

async fn lease_of(store: &impl Store, node: NodeId, now: i64) -> Lease {
    store.due_releases(node, at(now), 1).await.unwrap()[0].lease
}

pub(super) async fn what_is_due_comes_longest_due_first_and_no_more_than_asked(store: &impl Store) {
    let node = holder(store, at(0)).await;
    let mut releases = Vec::new();
    for (tenant, next_try) in [(CONTOSO, 30), (FABRIKAM, 10), (CONTOSO, 20), (FABRIKAM, 99)] {
        releases.push((next_try, pending(store, &partner_of(tenant), at(next_try)).await.0));
    }
    releases.sort_by_key(|(next_try, _)| *next_try);
    let releases: Vec<_> = releases.into_iter().map(|(_, release)| release).collect();
    assert_eq!(due(store, node, 9).await, []);
    assert_eq!(due(store, node, 10).await, releases[..1], "from its very moment on");
    assert_eq!(due(store, node, 50).await, releases[..3]);
    assert_eq!(store.due_releases(node, at(50), 2).await.unwrap().len(), 2);
    assert_eq!(store.due_releases(node, at(50), 0).await, Ok(vec![]));
}

pub(super) async fn of_what_is_due_of_a_partner_the_oldest_comes_first(store: &impl Store) {
    let node = holder(store, at(0)).await;
    let (one, other) = (partner_of(CONTOSO), partner_of(CONTOSO));
    let namesake = Partner { tenant: FABRIKAM, ..one.clone() };
    let (first, _) = pending(store, &one, at(30)).await;
    let (second, _) = pending(store, &one, at(10)).await;
    let (others, _) = pending(store, &other, at(20)).await;
    let (theirs, _) = pending(store, &namesake, at(25)).await;
    assert_eq!(
        due(store, node, 29).await,
        [second.clone(), others.clone(), theirs.clone()],
        "what waits holds up nobody"
    );
    assert_eq!(due(store, node, 30).await, [others.clone(), theirs.clone(), first.clone()]);
    done(store, beside(&one, vec![update_release(&first, &confirmed(&first), None)])).await;
    assert_eq!(due(store, node, 30).await, [second, others, theirs]);
}

pub(super) async fn what_is_put_off_for_longer_than_anything_is_due(store: &impl Store) {
    let node = holder(store, at(0)).await;
    let (early, far) = (partner_of(CONTOSO), partner_of(CONTOSO));
    let (early, _) = pending(store, &early, at(5)).await;
    let (far, _) = pending(store, &far, at(200_000)).await;
    assert_eq!(due(store, node, 4).await, std::slice::from_ref(&far));
    assert_eq!(due(store, node, 5).await, [early.clone(), far]);
    assert_eq!(due(store, node, 150_000).await, [early], "it is not that far any more");
}

pub(super) async fn what_was_put_off_is_due_later(store: &impl Store) {
    let node = holder(store, at(0)).await;
    let partner = partner_of(CONTOSO);
    let (release, _) = pending(store, &partner, at(10)).await;
    let later = put_off(&release, at(20));
    done(store, beside(&partner, vec![update_release(&release, &later, None)])).await;
    assert_eq!(due(store, node, 19).await, []);
    assert_eq!(due(store, node, 20).await, [later]);
}

pub(super) async fn nothing_is_due_for_who_holds_no_lease(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    pending(store, &partner, at(0)).await;
    let node = NodeId(fresh_uuid());
    assert_eq!(due(store, node, 10).await, []);
    holder(store, at(0)).await;
    assert_eq!(due(store, node, 10).await, []);
}

pub(super) async fn a_lease_that_is_held_on_to_keeps_its_epoch(store: &impl Store) {
    let node = holder(store, at(0)).await;
    pending(store, &partner_of(CONTOSO), at(0)).await;
    let lease = lease_of(store, node, 1).await;
    assert_eq!(lease.node, node);
    for second in [1, 2, 25] {
        assert_eq!(store.lease_parts(node, at(second), LASTS).await, Ok(256));
        assert_eq!(lease_of(store, node, second).await, lease);
    }
}

pub(super) async fn a_result_under_a_lease_that_was_lost_is_refused(store: &impl Store) {
    let partner = partner_of(CONTOSO);
    let (release, secret) = pending(store, &partner, at(0)).await;
    let before = holder(store, at(0)).await;
    let lost = lease_of(store, before, 1).await;
    let after = holder(store, at(3600)).await;
    let lease = lease_of(store, after, 3600).await;
    assert!(lease.node == after && lease.epoch > lost.epoch, "{lease:?} {lost:?}");
    assert_eq!(due(store, before, 3600).await, []);

    let made_up = Lease { epoch: lease.epoch + 1, ..lease };
    for refused in [lost, Lease { node: before, ..lease }, Lease { epoch: lost.epoch, ..lease }, made_up] {
        let change = update_release(&release, &confirmed(&release), Some(refused));
        assert_eq!(store.commit(beside(&partner, vec![change])).await, STALE, "{refused:?}");
    }
    assert_eq!(store.release(CONTOSO, release.id).await, Ok(Some(release.clone())));
    let held = store.release_secret(CONTOSO, release.id).await.unwrap().unwrap();
    assert_eq!(held.1, secret);
    let change = update_release(&release, &confirmed(&release), Some(lease));
    done(store, beside(&partner, vec![change])).await;
}

pub(super) async fn leases_come_back_with_a_higher_epoch(store: &impl Store) {
    pending(store, &partner_of(CONTOSO), at(0)).await;
    let (one, other) = (NodeId(fresh_uuid()), NodeId(fresh_uuid()));
    let mut epoch = 0;
    for (turn, node) in (0_i64..).zip([one, other, one, other]) {
        let now = turn * 3600;
        assert_eq!(store.lease_parts(node, at(now), LASTS).await, Ok(256));
        let lease = lease_of(store, node, now).await;
        assert!(lease.epoch > epoch, "{lease:?}");
        epoch = lease.epoch;
    }
}
