//! What was heard of one credential cuts no other, and a cut is heard before the next call.

use std::sync::Arc;

use gangway_domain::{Generation, Obstacle, ReleaseState, Status, StatusChange, Update};
use gangway_engine::{
    Check, Connector as _, CredentialId, NewPartner, Sealed, Secret, Store as _, StoredCredential,
};
use uuid::Uuid;

use crate::partner::{Manner, NewRefresh, OldRefresh};
use crate::{House, TENANT, advance, by, missing};

fn onboarded_by_hand() -> Update {
    Update { status: Some(StatusChange::Onboarded), ..Update::default() }
}

/// Wherever the look at the first is when the partner is deleted and created again under its id.
#[tokio::test]
async fn what_is_heard_of_a_deleted_partner_does_not_cut_the_one_that_has_its_id_now() {
    for turns in 0.. {
        assert!(turns < 500, "it never comes to its end");
        let house = House::new();
        let new = NewPartner { properties: onboarded_by_hand(), ..NewPartner::default() };
        let id = house.engine.create_partner(TENANT, &by(), &new).await.unwrap().id;
        house.partner.end_there(0);
        let engine = Arc::clone(&house.engine);
        let mut check = Box::pin(async move { engine.check_connection(TENANT, id).await });
        let over = advance(&mut check, turns);
        house.engine.delete_partner(TENANT, &by(), id).await.unwrap();
        let again = NewPartner { id: Some(id), ..new };
        house.engine.create_partner(TENANT, &by(), &again).await.unwrap();
        if over {
            assert!(turns > 10);
            return;
        }
        let _ = check.await;
        let partner = house.engine.store().partner(TENANT, id).await.unwrap().unwrap();
        assert_eq!(partner.status, Status::Onboarded, "{turns}");
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))), "{turns}");
        house.settle().await;
        assert_eq!(house.partner.alive(), 1, "{turns}");
    }
}

#[tokio::test]
async fn no_generation_comes_twice_though_a_partner_is_deleted_and_created_again() {
    let house = House::new();
    let mut new = NewPartner { properties: onboarded_by_hand(), ..NewPartner::default() };
    let mut last = Generation(0);
    for _ in 0..5 {
        let partner = house.engine.create_partner(TENANT, &by(), &new).await.unwrap();
        assert!(partner.generation > last);
        house.engine.disconnect(TENANT, &by(), partner.id).await.unwrap();
        last = house.engine.store().partner(TENANT, partner.id).await.unwrap().unwrap().generation;
        house.engine.delete_partner(TENANT, &by(), partner.id).await.unwrap();
        new.id = Some(partner.id);
    }
}

/// The other node has fresh tokens, and the partner refuses the one that this node had read before.
#[tokio::test]
async fn a_probe_that_raced_the_refresh_of_another_node_cuts_nobody() {
    for manner in
        [Manner::OAUTH, Manner { gives_refresh: true, old_refresh: OldRefresh::Dies, ..Manner::SILENT }]
    {
        for turns in 0.. {
            assert!(turns < 500, "it never comes to its end");
            let house = House::with(manner);
            let id = house.connected().await;
            let (first, second) = (Arc::clone(&house.engine), house.another_node());
            let mut check = Box::pin(async move { first.check_connection(TENANT, id).await });
            let over = advance(&mut check, turns);
            house.clock.step(3600);
            assert!(matches!(second.check_connection(TENANT, id).await, Ok(Check::Good(_))));
            if over {
                assert!(turns > 5);
                break;
            }
            let of_first = check.await;
            assert!(matches!(of_first, Ok(Check::Good(_))), "{turns}: {of_first:?}");
            assert!(matches!(second.check_connection(TENANT, id).await, Ok(Check::Good(_))), "{turns}");
            assert_eq!((house.partner.alive(), house.engine.store().rows().releases.len()), (1, 0));
        }
    }
}

/// What is in its place, whoever put it there, is another.
#[tokio::test]
async fn what_is_heard_of_one_credential_does_not_cut_the_one_in_its_place() {
    for turns in 0.. {
        assert!(turns < 500, "it never comes to its end");
        let house = House::with(Manner::FORGETFUL);
        let id = house.connected().await;
        let fresh = another_grant(&house).await;
        house.clock.step(3600);
        house.partner.end_there(0);
        let engine = Arc::clone(&house.engine);
        let mut check = Box::pin(async move { engine.check_connection(TENANT, id).await });
        let over = advance(&mut check, turns);
        if let Some(stored) = house.engine.store().rows().credentials.get_mut(&(TENANT, id)) {
            *stored = fresh;
        } else {
            assert!(over || turns > 8, "{turns}");
            return;
        }
        let of_first = check.await;
        assert!(matches!(of_first, Ok(Check::Good(_))), "{turns}: {of_first:?}");
    }
}

/// The credential of the only connection, as it would be with another grant.
async fn another_grant(house: &House) -> StoredCredential {
    let code = Secret::new(house.partner.consent());
    let grant = house.partner.redeem(&code, &code).await.unwrap();
    let stored = house.engine.store().rows().credentials.values().next().unwrap().clone();
    let text = String::from_utf8(stored.sealed.0.clone()).unwrap();
    let refresh = grant.refresh_token.unwrap();
    let text = text.replace("access-2", grant.access_token.expose()).replace("refresh-3", refresh.expose());
    let id = CredentialId(Uuid::from_u128(99));
    StoredCredential { id, sealed: Sealed(text.into_bytes()), ..stored }
}

/// Some partners give one account the same tokens twice.
#[tokio::test]
async fn what_a_live_connection_has_too_is_not_revoked_before_that_is_cut() {
    let house = House::new();
    let id = house.connected().await;
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.answered(id).await.deliver(&house.engine).await.unwrap();
    house.partner.end_there(1);
    {
        let mut rows = house.engine.store().rows();
        let stored = rows.credentials.get_mut(&(TENANT, id)).unwrap();
        let text = String::from_utf8(stored.sealed.0.clone()).unwrap();
        stored.sealed =
            Sealed(text.replace("access-5", "access-2").replace("refresh-6", "refresh-3").into_bytes());
    }
    for _ in 0..3 {
        house.clock.step(100);
        house.work().await;
        let rows = house.engine.store().rows();
        let (release, _) = rows.releases.values().next().unwrap();
        let in_use = Some(Obstacle::InUse);
        assert!(
            matches!(release.state, ReleaseState::Pending { obstacle, .. } if obstacle == in_use),
            "{release:?}"
        );
    }
    assert_eq!((house.partner.revocations(), house.partner.alive()), (0, 1));
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    house.cut(id).await;
    assert_eq!(house.partner.alive(), 0);
    let rows = house.engine.store().rows();
    assert_eq!(rows.releases.len(), 2);
    assert!(rows.releases.values().all(|(release, _)| missing(release).is_empty()));
}

#[tokio::test]
async fn after_a_fence_at_most_the_one_call_that_was_on_its_way_reaches_the_partner() {
    for seconds in [0, 3600] {
        let mut one = 0;
        for turns in 0.. {
            assert!(turns < 500, "it never comes to its end");
            let house = House::new();
            let id = house.connected().await;
            house.clock.step(seconds);
            let engine = Arc::clone(&house.engine);
            let mut check = Box::pin(async move { engine.check_connection(TENANT, id).await });
            if advance(&mut check, turns) {
                assert!(turns > 10 && one > 3, "{one} of {turns}");
                break;
            }
            house.engine.disconnect(TENANT, &by(), id).await.unwrap();
            let calls = house.partner.calls();
            let _ = check.await;
            let more = house.partner.calls() - calls;
            assert!(more <= 1, "{turns}: {more} calls");
            one += more;
        }
    }
}

/// It has slept for longer than anybody waits, and the partner gives its refresh token again and
/// again.
#[tokio::test]
async fn a_node_that_slept_in_the_middle_of_a_refresh_releases_nothing_of_the_live_connection() {
    for new_refresh in [NewRefresh::None, NewRefresh::Same] {
        for turns in 0.. {
            assert!(turns < 500, "it never comes to its end");
            let house = House::with(Manner { new_refresh, ..Manner::OAUTH });
            let id = house.connected().await;
            house.clock.step(3600);
            let (first, second) = (Arc::clone(&house.engine), house.another_node());
            let mut check = Box::pin(async move { first.check_connection(TENANT, id).await });
            if advance(&mut check, turns) {
                assert!(turns > 10);
                break;
            }
            house.clock.step(70);
            for _ in 0..2 {
                assert!(matches!(second.check_connection(TENANT, id).await, Ok(Check::Good(_))), "{turns}");
                house.clock.step(700);
            }
            let _ = check.await;
            assert!(matches!(second.check_connection(TENANT, id).await, Ok(Check::Good(_))), "{turns}");
            house.work().await;
            assert_eq!(
                (house.partner.alive(), house.engine.store().rows().releases.len()),
                (1, 0),
                "{turns}"
            );
            house.cut(id).await;
            assert_eq!(house.partner.alive(), 0, "{turns}");
        }
    }
}

/// What came of it comes to the release that waits for it.
#[tokio::test]
async fn a_refresh_that_is_under_way_when_the_connection_is_cut_is_released_and_nothing_is_missing() {
    for shared in [false, true] {
        for turns in 0.. {
            assert!(turns < 500, "it never comes to its end");
            let house = House::with(Manner::FORGETFUL);
            let id = house.connected().await;
            house.clock.step(3600);
            if shared {
                house.engine.store().share();
            }
            let engine = Arc::clone(&house.engine);
            let mut check = Box::pin(async move { engine.check_connection(TENANT, id).await });
            if advance(&mut check, turns) {
                break;
            }
            house.engine.disconnect(TENANT, &by(), id).await.unwrap();
            house.work().await;
            let _ = check.await;
            house.settle().await;
            let release = crate::releases::only_release(&house);
            assert_eq!((missing(&release), house.partner.alive()), (Vec::new(), 0), "{shared} {turns}");
        }
    }
}
