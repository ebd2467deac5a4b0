use gangway_domain::{
    Activity, Audited, MissingKind, OnboardingStatus, PartnerId, Proof, ReleaseState, Status,
};
use gangway_engine::{CallbackRefusal, Check, Connected, Error, Secret, Store as _, Visit};

use crate::partner::{Death, Fault, Manner};
use crate::{Answered, House, TENANT, by};

/// A partner at which only what is revoked itself dies.
const FORGETFUL: Manner = Manner::FORGETFUL;

async fn status(house: &House, id: PartnerId) -> OnboardingStatus {
    house.engine.store().partner(TENANT, id).await.unwrap().unwrap().status.onboarding_status()
}

fn count(house: &House, activity: Activity) -> usize {
    house.engine.store().rows().audit.iter().filter(|event| event.activity == activity).count()
}

async fn settle(house: &House) {
    for _ in 0..10 {
        house.clock.step(3700);
        house.work().await;
    }
}

#[tokio::test]
async fn a_consent_connects_the_partner_with_a_sealed_credential_that_is_good() {
    let house = House::new();
    let id = house.provisioned().await;
    let answered = house.answered(id).await;
    let connected = answered.deliver(&house.engine).await.unwrap();
    assert_eq!(connected.account.unwrap().id, "0");
    assert_eq!(status(&house, id).await, OnboardingStatus::Onboarded);
    assert_eq!(count(&house, Activity::CompleteOnboarding), 1);
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(Some(_)))));
    let attempts = &house.engine.store().rows().attempts;
    assert!(
        attempts.values().all(|attempt| attempt.secret.is_none()),
        "an attempt that is over hides nothing"
    );
}

#[tokio::test]
async fn no_state_is_the_same_twice_and_each_is_for_one_browser() {
    let house = House::new();
    let id = house.provisioned().await;
    let first = house.answered(id).await;
    let second = house.visited(id).await;
    assert_ne!(first.callback.state, second.callback.state);
    assert_ne!(first.browser_key, second.browser_key);
    let mixed = Answered { browser_key: first.browser_key, ..second };
    let refused = mixed.deliver(&house.engine).await;
    assert_eq!(refused, Err(Error::Callback(CallbackRefusal::OtherBrowser)));
}

/// Every way in which a callback can be wrong: nothing changes, the partner is asked nothing, one
/// event tells why.
#[tokio::test]
async fn a_callback_that_is_not_as_it_should_be_changes_nothing_and_leaves_one_event() {
    use CallbackRefusal as R;
    type Spoil = fn(&mut Answered);
    let ways: [(R, Spoil); 8] = [
        (R::OtherBrowser, |answer| answer.browser_key = Secret::new("A".repeat(43))),
        (R::OtherBrowser, |answer| answer.browser_key = Secret::new(String::new())),
        (R::MixedUp, |answer| answer.callback.issuer = Some("https://other.example".into())),
        (R::MixedUp, |answer| answer.callback.issuer = None),
        (R::MixedUp, |answer| answer.callback.profile = "other".parse().unwrap()),
        (R::NotConsented, |answer| answer.callback.error = Some("access_denied".into())),
        (R::Empty, |answer| answer.callback.code = None),
        (R::Foreign, |answer| {
            let state = answer.callback.state.take().unwrap();
            answer.callback.state = Some(format!("{}____{}", &state[..60], &state[64..]));
        }),
    ];
    for (refusal, spoil) in ways {
        let house = House::new();
        let id = house.provisioned().await;
        let good = house.answered(id).await;
        let mut bad = good.clone();
        spoil(&mut bad);
        let before = house.engine.store().partner(TENANT, id).await.unwrap();
        assert_eq!(bad.deliver(&house.engine).await, Err(Error::Callback(refusal)));
        assert_eq!(house.engine.store().partner(TENANT, id).await.unwrap(), before);
        assert_eq!(count(&house, Activity::RefuseCallback), 1, "{refusal:?}");
        assert_eq!(house.partner.calls(), 0, "{refusal:?}");
        // Whoever comes with the right one is still welcome.
        good.deliver(&house.engine).await.unwrap();
    }
}

#[tokio::test]
async fn what_belongs_to_no_attempt_leaves_no_event() {
    let house = House::new();
    let id = house.provisioned().await;
    let good = house.answered(id).await;
    let events = house.engine.store().rows().audit.len();
    for state in [None, Some(String::new()), Some("x".repeat(128)), Some("A".repeat(128))] {
        let mut bad = good.clone();
        bad.callback.state = state;
        assert_eq!(bad.deliver(&house.engine).await, Err(Error::Callback(CallbackRefusal::Unknown)));
    }
    assert_eq!(house.engine.store().rows().audit.len(), events);
}

#[tokio::test]
async fn a_replayed_callback_is_refused_and_leaves_the_connection_alone() {
    let house = House::new();
    let id = house.provisioned().await;
    let answered = house.answered(id).await;
    answered.deliver(&house.engine).await.unwrap();
    for _ in 0..20 {
        let again = answered.deliver(&house.engine).await;
        assert_eq!(again, Err(Error::Callback(CallbackRefusal::Late)));
    }
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    assert_eq!(count(&house, Activity::RefuseCallback), 8, "whoever has a state cannot fill the audit");
}

#[tokio::test]
async fn a_callback_after_the_fence_is_late() {
    for fence in ["disconnect", "begin", "expire"] {
        let house = House::new();
        let id = house.provisioned().await;
        let answered = house.answered(id).await;
        match fence {
            "disconnect" => house.engine.disconnect(TENANT, &by(), id).await.unwrap(),
            "begin" => house.engine.begin_onboarding(TENANT, &by(), id).await.unwrap(),
            _ => {
                house.clock.step(15 * 60);
                assert_eq!(house.engine.expire_attempts(10).await, Ok(1));
            }
        }
        let late = answered.deliver(&house.engine).await;
        assert_eq!(late, Err(Error::Callback(CallbackRefusal::Late)), "{fence}");
        assert_eq!(house.partner.calls(), 0);
    }
}

#[tokio::test]
async fn an_attempt_that_was_just_not_expired_by_anybody_is_late_all_the_same() {
    let house = House::new();
    let id = house.provisioned().await;
    let answered = house.answered(id).await;
    house.clock.step(15 * 60);
    assert_eq!(answered.deliver(&house.engine).await, Err(Error::Callback(CallbackRefusal::Late)));
}

#[tokio::test]
async fn of_two_callbacks_at_once_one_is_taken() {
    let house = House::new();
    let id = house.provisioned().await;
    let answered = house.answered(id).await;
    let (first, second) =
        futures_util::join!(answered.deliver(&house.engine), answered.deliver(&house.engine));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
}

/// The exchange is under way, and the disconnect does not wait for it.
#[tokio::test]
async fn tokens_that_come_after_the_fence_are_revoked_and_not_dropped() {
    for turns in 0..40 {
        let house = House::with(FORGETFUL);
        let id = house.provisioned().await;
        let answered = house.answered(id).await;
        let engine = std::sync::Arc::clone(&house.engine);
        let mut exchange = Box::pin(async move { answered.deliver(&engine).await });
        for _ in 0..turns {
            if futures_util::poll!(exchange.as_mut()).is_ready() {
                assert!(turns > 10, "there is much to wait for in an exchange");
                return;
            }
        }
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
        assert_eq!(status(&house, id).await, OnboardingStatus::NotOnboarded);
        // Where it had been connected a moment before the disconnect, it may say so.
        let _ = exchange.await;
        settle(&house).await;
        assert_eq!(house.partner.alive(), 0, "after {turns} turns");
        let rows = house.engine.store().rows();
        assert!(
            rows.credentials.is_empty() && rows.releases.values().all(|(release, _)| !release.is_pending())
        );
    }
    panic!("the exchange never came to its end");
}

/// The process ends with the exchange under way: whatever the partner gave for the code dies when
/// the attempt ends.
#[tokio::test]
async fn a_code_of_which_nobody_knows_what_came_is_killed() {
    for turns in 0..24 {
        let mut house = House::new();
        let id = house.provisioned().await;
        let answered = house.answered(id).await;
        let engine = std::sync::Arc::clone(&house.engine);
        let mut exchange = Box::pin(async move { answered.deliver(&engine).await });
        let mut done = false;
        for _ in 0..turns {
            done = futures_util::poll!(exchange.as_mut()).is_ready();
            if done {
                break;
            }
        }
        drop(exchange);
        house.restart();
        house.clock.step(15 * 60);
        house.engine.expire_attempts(10).await.unwrap();
        settle(&house).await;
        let connected = status(&house, id).await == OnboardingStatus::Onboarded;
        assert_eq!(house.partner.alive(), usize::from(connected), "after {turns} turns");
        if done {
            assert!(connected);
            return;
        }
    }
    panic!("the exchange never came to its end");
}

#[tokio::test]
async fn a_partner_that_gives_nothing_for_its_code_leaves_nothing_behind() {
    let house = House::new();
    let id = house.provisioned().await;
    let mut answered = house.answered(id).await;
    answered.callback.code = Some(Secret::new("made up".into()));
    assert!(matches!(answered.deliver(&house.engine).await, Err(Error::Partner(_))));
    assert_eq!(status(&house, id).await, OnboardingStatus::NotOnboarded);
    assert!(house.engine.store().rows().releases.is_empty());
    let rows = house.engine.store().rows();
    let event = rows.audit.last().unwrap();
    assert_eq!(event.activity, Activity::FailOnboarding);
    assert!(event.changes.iter().any(|c| c.what == Audited::Reason));
}

/// Whatever comes of the code when it is redeemed again: nobody has what it gave the first time, if
/// it gave anything.
#[tokio::test]
async fn an_exchange_whose_answer_is_lost_is_released() {
    for (fault, grants) in [(Fault::AnswerLost, 1), (Fault::Failed, 0)] {
        let house = House::new();
        let id = house.provisioned().await;
        let answered = house.answered(id).await;
        house.partner.fail_later(0, fault);
        assert!(matches!(answered.deliver(&house.engine).await, Err(Error::Partner(_))));
        assert_eq!(house.partner.alive(), grants);
        settle(&house).await;
        assert_eq!(house.partner.alive(), 0, "{fault:?}");
        let rows = house.engine.store().rows();
        assert_eq!(rows.releases.len(), 1);
        let (release, _) = rows.releases.values().next().unwrap();
        let ReleaseState::Unaccounted(evidence, missing) = &release.state else { panic!("{release:?}") };
        assert_eq!(missing.iter().map(|m| m.what).collect::<Vec<_>>(), [MissingKind::CodeAnswer]);
        // What a code that is redeemed again gives is revoked; if it is refused, it may have given
        // something before.
        assert_eq!(evidence.proofs == [Proof::CodeRefused], grants == 1, "{evidence:?}");
    }
}

#[tokio::test]
async fn an_exchange_that_did_not_reach_the_partner_leaves_nothing_to_release() {
    let house = House::new();
    let id = house.provisioned().await;
    let answered = house.answered(id).await;
    house.partner.fail_later(0, Fault::Unreached);
    assert!(matches!(answered.deliver(&house.engine).await, Err(Error::Partner(_))));
    assert_eq!((house.partner.alive(), house.engine.store().rows().releases.len()), (0, 0));
}

#[tokio::test]
async fn a_grant_whose_account_cannot_be_read_is_released() {
    let house = House::new();
    let id = house.provisioned().await;
    let answered = house.answered(id).await;
    house.partner.fail_later(1, Fault::Unreached);
    assert!(matches!(answered.deliver(&house.engine).await, Err(Error::Partner(_))));
    assert_eq!((status(&house, id).await, house.partner.alive()), (OnboardingStatus::NotOnboarded, 1));
    settle(&house).await;
    assert_eq!(house.partner.alive(), 0);
}

#[tokio::test]
async fn a_fresh_token_is_fetched_once_however_many_want_it() {
    let house = House::new();
    let id = house.connected().await;
    house.clock.step(3600);
    let checks = (0..10).map(|_| house.engine.check_connection(TENANT, id));
    for check in futures_util::future::join_all(checks).await {
        assert!(matches!(check, Ok(Check::Good(_))), "{check:?}");
    }
    assert_eq!(house.partner.refreshes(), 1);
}

#[tokio::test]
async fn fresh_tokens_that_come_after_the_fence_are_revoked_and_not_dropped() {
    for turns in 0..100 {
        let house = House::with(FORGETFUL);
        let id = house.connected().await;
        house.clock.step(3600);
        let engine = std::sync::Arc::clone(&house.engine);
        let mut check = Box::pin(async move { engine.check_connection(TENANT, id).await });
        for _ in 0..turns {
            if futures_util::poll!(check.as_mut()).is_ready() {
                return;
            }
        }
        house.engine.disconnect(TENANT, &by(), id).await.unwrap();
        let _ = check.await;
        settle(&house).await;
        assert_eq!(house.partner.alive(), 0, "after {turns} turns");
    }
    panic!("the check never came to its end");
}

#[tokio::test]
async fn a_grant_that_was_ended_at_the_partner_is_cut_here_too() {
    let house = House::new();
    let id = house.connected().await;
    house.partner.end_there(0);
    assert_eq!(house.engine.check_connection(TENANT, id).await, Ok(Check::Gone));
    let partner = house.engine.store().partner(TENANT, id).await.unwrap().unwrap();
    assert_eq!(partner.status, Status::NotOnboarded);
    assert_eq!(count(&house, Activity::LoseGrant), 1);
    settle(&house).await;
    let rows = house.engine.store().rows();
    let (release, secret) = rows.releases.values().next().unwrap();
    assert!(matches!(release.state, ReleaseState::Confirmed(_)) && secret.is_none());
}

#[tokio::test]
async fn another_account_than_before_is_told() {
    let house = House::new();
    let id = house.connected().await;
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    settle(&house).await;
    let again = house.answered(id).await.deliver(&house.engine).await.unwrap();
    let Connected { account, account_before, .. } = again;
    assert_eq!((account.unwrap().id, account_before.unwrap().id), ("1".into(), "0".into()));
    let rows = house.engine.store().rows();
    let told =
        |event: &&std::sync::Arc<gangway_domain::AuditEvent>| event.activity == Activity::CompleteOnboarding;
    let event = rows.audit.iter().rfind(told).unwrap();
    let change = event.changes.iter().find(|change| change.what == Audited::Account).unwrap();
    assert_eq!((change.old.as_deref(), change.new.as_deref()), (Some("0"), Some("1")));
}

#[tokio::test]
async fn a_new_connection_outlives_the_release_of_the_old() {
    let house = House::new();
    let id = house.connected().await;
    house.partner.always(Some(Fault::Unreached));
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.work().await;
    house.partner.always(None);
    house.answered(id).await.deliver(&house.engine).await.unwrap();
    assert_eq!(house.partner.alive(), 2);
    settle(&house).await;
    assert_eq!(house.partner.alive(), 1);
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
    assert_eq!(house.partner.death_of("refresh-3"), Some(Death::Revoked));
}

#[tokio::test]
async fn a_simulated_partner_asks_on_a_page_of_ours_and_gives_a_credential_too() {
    let house = House::new();
    let id = house.partner(None).await;
    house.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
    let attempt = house.engine.store().partner(TENANT, id).await.unwrap().unwrap().attempt().unwrap().id;
    assert_eq!(house.engine.visit(TENANT, id, attempt).await, Ok(Visit::Consent("P".into())));
}

#[tokio::test]
async fn tokens_are_kept_though_a_list_that_is_only_told_of_cannot_be_read() {
    let house = House::new();
    let id = house.provisioned().await;
    let answered = house.answered(id).await;
    house.engine.store().unreadable(true);
    answered.deliver(&house.engine).await.unwrap();
    house.engine.store().unreadable(false);
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
}
