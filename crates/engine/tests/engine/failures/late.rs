//! Answers that come when nobody can use them any more.

use std::sync::Arc;

use gangway_engine::{Check, Error, Store as _};

use crate::memory::LostAnswer;
use crate::partner::{Code, Manner};
use crate::{House, TENANT, advance, by, missing};

/// Whoever redeems it comes home within the minute that its release waits.
#[tokio::test]
async fn an_attempt_that_is_cut_while_its_code_is_redeemed_is_confirmed_and_nothing_is_missing() {
    let mut redeemed = 0;
    for turns in 0.. {
        assert!(turns < 500, "it never comes to its end");
        let house = House::with(Manner { code: Code::GivesAgain, ..Manner::FORGETFUL });
        let id = house.provisioned().await;
        let answered = house.answered(id).await;
        let engine = Arc::clone(&house.engine);
        let mut exchange = Box::pin(async move { answered.deliver(&engine).await });
        if advance(&mut exchange, turns) {
            assert!(turns > 10 && redeemed > 3);
            return;
        }
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
        house.work().await;
        house.clock.step(30);
        house.work().await;
        let _ = exchange.await;
        house.settle().await;
        let rows = house.engine.store().rows();
        for (release, _) in rows.releases.values() {
            redeemed += 1;
            assert_eq!((missing(release), house.partner.alive()), (Vec::new(), 0), "{turns}: {release:?}");
        }
    }
}

/// What an older attempt's code has given is another grant: it dies, and the connection does not.
#[tokio::test]
async fn what_comes_for_the_code_of_an_older_attempt_does_not_join_the_connection() {
    for turns in 0.. {
        assert!(turns < 500, "it never comes to its end");
        let house = House::with(Manner::FORGETFUL);
        let id = house.provisioned().await;
        let older = house.answered(id).await;
        let engine = Arc::clone(&house.engine);
        let mut exchange = Box::pin(async move { older.deliver(&engine).await });
        if advance(&mut exchange, turns) {
            assert!(turns > 10);
            return;
        }
        house.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
        let partner = house.engine.store().partner(TENANT, id).await.unwrap().unwrap();
        // It may have been completed by the older one.
        if partner.attempt().is_some() {
            house.visited(id).await.deliver(&house.engine).await.unwrap();
        }
        let _ = exchange.await;
        house.settle().await;
        assert_eq!(house.partner.alive(), 1, "{turns}");
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))), "{turns}");
    }
}

/// No store takes it, and whoever was about to bring it home hangs up.
#[tokio::test]
async fn an_answer_that_no_store_takes_is_not_let_go_of_though_whoever_brings_it_home_is() {
    for turns in 0..40 {
        let house = House::with(Manner::FORGETFUL);
        let id = house.connected().await;
        house.clock.step(3600);
        // The mark is stored, and the answer to the refresh is not, nor where it is brought to.
        house.engine.store().refuse_commits(1, 4);
        house.engine.check_connection(TENANT, id).await.unwrap_err();
        let engine = Arc::clone(&house.engine);
        let mut bringing = Box::pin(async move { engine.due_releases(0).await });
        let _ = advance(&mut bringing, turns);
        drop(bringing);
        assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))), "{turns}");
        assert_eq!(house.partner.refreshes(), 1, "{turns}: the answer to the first is not lost");
        house.engine.store().lose_answer(0, LostAnswer::AfterTheAct);
        house.cut(id).await;
        assert_eq!(missing(&crate::releases::only_release(&house)), Vec::new(), "{turns}");
    }
}

/// It waits here for a store that takes it, so nobody asks with a token that is used up.
#[tokio::test]
async fn an_answer_that_waits_for_a_store_is_not_taken_for_lost() {
    let house = House::with(Manner::FORGETFUL);
    let id = house.connected().await;
    house.clock.step(3600);
    house.engine.store().refuse_commits(1, 5);
    for _ in 0..2 {
        let check = house.engine.check_connection(TENANT, id).await;
        assert!(matches!(check, Err(Error::Store(_))), "{check:?}");
    }
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    assert_eq!(house.partner.refreshes(), 1);
}
