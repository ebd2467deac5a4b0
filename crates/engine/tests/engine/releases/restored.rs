//! What a restored backup does not know: what its connections were given after it was taken.

use gangway_domain::{MissingKind, PartnerId, Timestamp};
use gangway_engine::{Check, Clock as _, Store as _};

use crate::partner::{Manner, OldRefresh, Revocation};
use crate::releases::only_release;
use crate::{House, TENANT, by, missing};

const LACKS: [MissingKind; 1] = [MissingKind::ChangedSinceBackup];

/// It replaces refresh tokens, and ends no more than it is asked to.
const ROTATES: Manner = Manner {
    revocation: Revocation::Token,
    old_refresh: OldRefresh::Dies,
    refresh_ends_access: false,
    ..Manner::OAUTH
};

fn now(house: &House) -> Timestamp {
    house.clock.now()
}

async fn refresh(house: &House, id: PartnerId) {
    house.clock.step(3600);
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
}

/// A connection, refreshed after a backup of all there is, which is restored.
async fn refreshed_since(manner: Manner, cut_before: bool) -> (House, PartnerId) {
    let mut house = House::with(manner);
    let id = house.connected().await;
    if cut_before {
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    }
    let backup = house.engine.store().rows().clone();
    if cut_before {
        house.work().await;
    } else {
        refresh(&house, id).await;
    }
    house.clock.step(60);
    house.engine.store().restore(backup, now(&house));
    house.restart();
    house.clock.step(60);
    (house, id)
}

#[tokio::test]
async fn what_was_refreshed_after_the_backup_is_not_confirmed() {
    let (house, id) = refreshed_since(ROTATES, false).await;
    house.cut(id).await;
    assert_eq!((missing(&only_release(&house)), house.partner.alive()), (LACKS.to_vec(), 1));
}

#[tokio::test]
async fn a_connection_that_is_kept_says_so_when_it_is_cut_later() {
    let manner = Manner { old_refresh: OldRefresh::Lives, ..ROTATES };
    let (mut house, id) = refreshed_since(manner, false).await;
    // So often that nothing is left of what came before the restore.
    for _ in 0..80 {
        refresh(&house, id).await;
    }
    let stored = house.engine.store().credential(TENANT, id).await.unwrap().unwrap();
    let kept = String::from_utf8(stored.sealed.0).unwrap();
    assert_eq!(kept.matches("changedSinceBackup").count(), 1, "it is stored, once");
    house.restart();
    house.cut(id).await;
    assert_eq!(missing(&only_release(&house)), LACKS);
}

#[tokio::test]
async fn a_release_that_was_pending_in_the_backup_is_not_confirmed() {
    let (house, _) = refreshed_since(ROTATES, true).await;
    house.settle().await;
    assert_eq!(missing(&only_release(&house)), LACKS);
}

/// It has a token that bears witness: what was lost on the way would be accounted for.
#[tokio::test]
async fn where_a_family_is_seen_to_end_the_restored_set_is_unaccounted_all_the_same() {
    let manner = Manner { revocation: Revocation::Family, old_refresh: OldRefresh::Lives, ..ROTATES };
    let mut house = House::with(manner);
    let id = house.connected().await;
    refresh(&house, id).await;
    let backup = house.engine.store().rows().clone();
    house.engine.store().restore(backup, now(&house));
    house.restart();
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.work().await;
    house.settle().await;
    assert_eq!(missing(&only_release(&house)), LACKS);
}

#[tokio::test]
async fn what_cannot_be_refreshed_is_confirmed() {
    let mut house = House::with(Manner { gives_refresh: false, ..ROTATES });
    let id = house.connected().await;
    let backup = house.engine.store().rows().clone();
    house.engine.store().restore(backup, now(&house));
    house.restart();
    house.cut(id).await;
    assert_eq!((missing(&only_release(&house)), house.partner.alive()), (vec![], 0));
}

#[tokio::test]
async fn a_connection_made_after_the_restore_is_confirmed() {
    let house = House::with(ROTATES);
    let empty = house.engine.store().rows().clone();
    house.engine.store().restore(empty, now(&house));
    house.clock.step(1);
    let id = house.connected().await;
    refresh(&house, id).await;
    house.cut(id).await;
    assert_eq!((missing(&only_release(&house)), house.partner.alive()), (vec![], 0));
}
