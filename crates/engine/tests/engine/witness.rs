//! What was lost is dead only where the partner was seen to end a whole family, by nothing but the revocation of one of its refresh
//! tokens.

use std::sync::Arc;

use gangway_domain::{MissingKind, PartnerId, Proof, ReleaseState};
use gangway_engine::{Check, Tried};

use super::partner::{Fault, Manner, OldRefresh, Revocation};
use super::releases::only_release;
use super::{House, TENANT, advance, by, missing};

const fn manner(revocation: Revocation) -> Manner {
    Manner { revocation, old_refresh: OldRefresh::Lives, refresh_ends_access: false, ..Manner::FORGETFUL }
}

/// A connection of which an answer was lost, and that has tokens of two answers all the same.
async fn lost_an_answer(revocation: Revocation) -> (House, PartnerId) {
    let house = House::with(manner(revocation));
    let id = house.connected().await;
    house.clock.step(3600);
    house.partner.fail_next_grant(Fault::AnswerLost);
    house.engine.check_connection(TENANT, id).await.unwrap_err();
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    (house, id)
}

/// While there is an access token that can bear witness.
async fn cut_at_once(house: &House, id: PartnerId) {
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.work().await;
    house.settle().await;
}

#[tokio::test]
async fn what_was_lost_is_dead_where_the_partner_was_seen_to_end_the_family() {
    let (house, id) = lost_an_answer(Revocation::Family).await;
    cut_at_once(&house, id).await;
    let release = only_release(&house);
    let ReleaseState::Confirmed(evidence) = &release.state else { panic!("{release:?}") };
    assert!(evidence.proofs.contains(&Proof::FamilyRevoked), "{evidence:?}");
    assert_eq!(house.partner.alive(), 0);
}

#[tokio::test]
async fn what_was_lost_is_unaccounted_where_only_what_is_revoked_dies() {
    for revocation in [Revocation::Token, Revocation::Pair, Revocation::Later(90)] {
        let (house, id) = lost_an_answer(revocation).await;
        cut_at_once(&house, id).await;
        assert_eq!(missing(&only_release(&house)), [MissingKind::RefreshAnswer], "{revocation:?}");
        assert_eq!(house.partner.alive(), 1, "what was lost lives");
    }
}

/// Whoever asked may sleep, and ask when it wakes: the partner may end what it replaces then.
#[tokio::test]
async fn what_a_process_took_with_it_is_unaccounted_though_the_family_is_seen_to_end() {
    let mut house = House::with(manner(Revocation::Family));
    let id = house.connected().await;
    house.clock.step(3600);
    let engine = Arc::clone(&house.engine);
    let mut check = Box::pin(async move { engine.check_connection(TENANT, id).await });
    while house.partner.refreshes() == 0 {
        assert!(!advance(&mut check, 1));
    }
    drop(check);
    house.restart();
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    cut_at_once(&house, id).await;
    assert_eq!(missing(&only_release(&house)), [MissingKind::RefreshAnswer]);
}

/// Each may revoke what the other looks at.
#[tokio::test]
async fn two_tries_of_one_release_bear_no_witness_to_each_other() {
    for revocation in [Revocation::Token, Revocation::Pair] {
        for turns in 0.. {
            assert!(turns < 500, "it never comes to its end");
            let (house, id) = lost_an_answer(revocation).await;
            house.engine.disconnect(TENANT, &by(), id).await.unwrap();
            let due = house.engine.due_releases(1).await.unwrap().pop().unwrap();
            let (first, second) = (Arc::clone(&house.engine), Arc::clone(&house.engine));
            let (due_too, mut over) = (due.clone(), false);
            let mut sleeping = Box::pin(async move { first.try_release(due).await });
            let mut other = Box::pin(async move { second.try_release(due_too).await });
            over |= advance(&mut sleeping, turns);
            // From then on they take turns.
            let tried = (0..).find_map(|turn| {
                let (a, b) = (&mut sleeping, &mut other);
                if !over && turn % 3 == 0 {
                    over = advance(a, 1);
                }
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                match b.as_mut().poll(&mut context) {
                    std::task::Poll::Ready(tried) => Some(tried),
                    std::task::Poll::Pending => None,
                }
            });
            assert!(matches!(tried, Some(Ok(Tried::Is(_) | Tried::Superseded))), "{tried:?}");
            let was_over = over;
            if !over {
                sleeping.await.unwrap();
            }
            house.settle().await;
            assert_eq!(
                missing(&only_release(&house)),
                [MissingKind::RefreshAnswer],
                "{revocation:?} {turns}"
            );
            if was_over && turns > 100 {
                break;
            }
        }
    }
}

/// It dies a while after what it came with was revoked, and just when another is.
#[tokio::test]
async fn a_token_whose_mate_was_revoked_before_bears_no_witness_however_late_it_dies() {
    for turns in 0.. {
        assert!(turns < 500, "it never comes to its end");
        let (house, id) = lost_an_answer(Revocation::PairLater(90)).await;
        // Introspection raises doubts, so there is another refresh, and two access tokens are fresh.
        house.partner.calls_all_dead(true);
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
        assert_eq!(house.partner.refreshes(), 3);
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
        let due = house.engine.due_releases(1).await.unwrap().pop().unwrap();
        let engine = Arc::clone(&house.engine);
        let mut trying = Box::pin(async move { engine.try_release(due).await });
        if advance(&mut trying, turns) {
            assert!(turns > 20);
            return;
        }
        house.clock.step(100);
        trying.await.unwrap();
        house.settle().await;
        assert_eq!(missing(&only_release(&house)), [MissingKind::RefreshAnswer], "{turns}");
    }
}
