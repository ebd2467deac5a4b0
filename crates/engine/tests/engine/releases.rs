//! What becomes of connections that are cut.

mod fences;
mod proofs;
mod restored;
mod stored;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{Activity, Actor, CallLog, Proof, Release, ReleaseState, Step};
use gangway_engine::{Error, ReleaseFilter, Sessions, TryOutcome};

use super::partner::{Code, Fault, Manner, OldRefresh, Revocation, TestPartner};
use super::{House, TENANT, by};

pub(super) fn only_release(house: &House) -> Release {
    let rows = house.engine.store().rows();
    assert_eq!(rows.releases.len(), 1);
    rows.releases.values().next().unwrap().0.clone()
}

fn all_releases(house: &House) -> Vec<Release> {
    house.engine.store().rows().releases.values().map(|(release, _)| release.clone()).collect()
}

pub(super) fn steps(release: &Release) -> Vec<Step> {
    release.calls.iter().map(|call| call.step).collect()
}

pub(super) fn proofs(release: &Release) -> &[Proof] {
    match &release.state {
        ReleaseState::Confirmed(evidence) => &evidence.proofs,
        other @ (ReleaseState::Pending { .. } | ReleaseState::Unaccounted(..) | ReleaseState::Forced(_)) => {
            panic!("{other:?}")
        }
    }
}

pub(super) async fn disconnected(manner: Manner) -> House {
    let house = House::with(manner);
    let id = house.connected().await;
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house
}

#[tokio::test]
async fn the_refresh_token_is_revoked_first_and_nothing_is_believed_before_it_was_seen() {
    let house = disconnected(Manner::OAUTH).await;
    house.work().await;
    let release = only_release(&house);
    let steps = steps(&release);
    assert_eq!(steps[..2], [Step::RevokeRefreshToken, Step::RevokeAccessToken]);
    assert!(steps[2..].iter().all(|step| matches!(step, Step::Probe | Step::Refresh)), "{steps:?}");
    assert_eq!(proofs(&release), [Proof::AccessTokenRefused, Proof::RefreshTokenRefused]);
    assert_eq!((house.partner.alive(), release.tries), (0, 1));
    let rows = house.engine.store().rows();
    assert!(rows.releases.values().all(|(_, secret)| secret.is_none()), "the credential is destroyed");
    let event = rows.audit.last().unwrap();
    assert_eq!((event.activity, &event.by.actor), (Activity::ConfirmRelease, &Actor::Gangway));
}

#[tokio::test]
async fn a_dialect_that_needs_a_live_token_gets_a_fresh_one_stored_before_it_is_used() {
    use Step::{Probe, Refresh, RevokeAccessToken};

    let manner = Manner::LIVE;
    let house = disconnected(manner).await;
    house.clock.step(3600);
    house.work().await;
    let release = only_release(&house);
    // It is seen to be good before it is revoked, or nobody could see that it is not afterwards.
    assert_eq!(steps(&release), [Refresh, Probe, RevokeAccessToken, Probe, Refresh, Refresh]);
    assert_eq!(
        proofs(&release),
        [
            Proof::AccessTokenExpired,
            Proof::AccessTokenRefused,
            Proof::RefreshTokenRefused,
            Proof::RefreshTokenRefused
        ]
    );
    assert_eq!(house.partner.alive(), 0);
}

/// The partner knows nothing of the old refresh token any more: had the new one not been stored,
/// its grant would live on.
#[tokio::test]
async fn a_fresh_token_outlives_a_try_that_failed_after_it() {
    let manner = Manner { old_refresh: OldRefresh::Dies, code: Code::Refused, ..Manner::LIVE };
    // Where the one that fails is the look at it, it has to expire before anybody can say that it
    // is dead.
    for (fails, later) in [(1, 1000), (2, 10)] {
        let house = disconnected(manner).await;
        house.clock.step(3600);
        house.partner.fail_later(fails, Fault::Unreached);
        house.work().await;
        assert!(only_release(&house).is_pending());
        house.clock.step(later);
        house.work().await;
        assert!(!only_release(&house).is_pending());
        assert_eq!(house.partner.alive(), 0);
    }
}

#[tokio::test]
async fn an_attempt_that_nobody_answered_leaves_no_release() {
    let house = House::new();
    let id = house.provisioned().await;
    house.engine.begin_onboarding(TENANT, &by(), id).await.unwrap();
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    assert!(house.engine.store().rows().releases.is_empty());
    assert!(house.engine.store().rows().attempts.values().all(|attempt| attempt.secret.is_none()));
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_act_is_asked_for_again() {
    let mut pending = 0;
    // All that is asked but the refresh: what was lost of that may have been tokens.
    for lost in 0..5 {
        let house = disconnected(Manner { revocation: Revocation::Token, ..Manner::OAUTH }).await;
        house.partner.fail_later(lost, Fault::AnswerLost);
        house.work().await;
        let first = only_release(&house);
        if first.is_pending() {
            pending += 1;
            let asked = steps(&first)[usize::try_from(lost).unwrap()];
            house.clock.step(10);
            house.work().await;
            let steps = steps(&only_release(&house));
            assert!(steps.iter().filter(|step| **step == asked).count() >= 2, "{lost}: {steps:?}");
        }
        let release = only_release(&house);
        assert_eq!((proofs(&release).len(), house.partner.alive()), (2, 0), "{lost}");
    }
    assert!(pending > 0, "what was seen in spite of it was enough every time");
}

#[tokio::test]
async fn a_partner_that_is_down_for_a_day_is_released_when_it_is_back() {
    let house = disconnected(Manner::OAUTH).await;
    house.partner.always(Some(Fault::Unreached));
    let (begun, calls) = (house.engine.now(), house.partner.calls());
    let mut tries = 0;
    for _ in 0..24 * 60 * 6 {
        house.clock.step(10);
        for tried in house.work().await {
            tries += 1;
            let TryOutcome::Recorded(release) = tried else { panic!("{tried:?}") };
            let ReleaseState::Pending { next_try, .. } = release.state else { panic!("{release:?}") };
            assert!(next_try <= house.engine.now().plus(Duration::from_hours(1)), "an hour at most");
            assert!(next_try >= house.engine.now());
        }
    }
    // Full jitter makes it half an hour in the middle; it is never left alone for longer than an
    // hour.
    assert!((24..200).contains(&tries), "{tries} tries in a day");
    let release = only_release(&house);
    assert_eq!((release.tries, release.asked.at), (tries, begun));
    let kept = release.calls.iter().count();
    assert!(kept <= CallLog::FIRST + CallLog::LAST, "{kept} calls kept");
    let asked = house.partner.calls() - calls;
    assert_eq!(release.calls.omitted + kept as u64, asked, "and the others are counted");
    assert!(
        asked <= 4 * u64::from(tries),
        "{asked} calls in {tries} tries of a partner that does not answer"
    );
    house.partner.always(None);
    house.clock.step(3601);
    house.work().await;
    assert!(!only_release(&house).is_pending());
    assert_eq!(house.partner.alive(), 0);
}

#[tokio::test]
async fn a_partner_that_asks_to_be_left_alone_is() {
    let house = disconnected(Manner::OAUTH).await;
    house.partner.fail_later(0, Fault::Busy(Duration::from_mins(10)));
    house.work().await;
    let calls = house.partner.calls();
    house.clock.step(599);
    assert!(house.work().await.is_empty());
    assert_eq!(house.partner.calls(), calls);
    house.clock.step(61);
    house.work().await;
    assert!(!only_release(&house).is_pending());
}

#[tokio::test]
async fn releases_of_one_partner_go_one_at_a_time_and_in_order() {
    let house = House::new();
    let id = house.connected().await;
    house.partner.always(Some(Fault::Unreached));
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.partner.always(None);
    house.answered(id).await.deliver(&house.engine).await.unwrap();
    house.clock.step(1);
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    let first = house.engine.due_releases(10).await.unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].release.generation.0, 1, "the older one");
    assert_eq!(house.work().await.len(), 1);
    assert_eq!(house.work().await.len(), 1);
    assert_eq!(house.partner.alive(), 0);
}

#[tokio::test]
async fn a_release_that_waits_for_its_next_try_holds_up_no_later_one() {
    let house = House::new();
    let id = house.connected().await;
    house.partner.always(Some(Fault::Busy(Duration::from_hours(24))));
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.work().await;
    house.partner.always(None);
    house.answered(id).await.deliver(&house.engine).await.unwrap();
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.work().await;
    let tries: Vec<_> =
        all_releases(&house).iter().map(|release| (release.tries, release.is_pending())).collect();
    assert_eq!(tries, [(1, true), (1, false)]);
}

#[tokio::test]
async fn a_node_that_lost_its_lease_records_nothing() {
    let mut house = disconnected(Manner::OAUTH).await;
    let due = house.engine.due_releases(10).await.unwrap().pop().unwrap();
    let old = Arc::clone(&house.engine);
    house.restart();
    assert_eq!(house.engine.due_releases(10).await.unwrap().len(), 1);
    assert_eq!(old.try_release(due).await, Ok(TryOutcome::Superseded));
    assert!(only_release(&house).is_pending());
    house.work().await;
    assert!(!only_release(&house).is_pending());
}

#[tokio::test]
async fn giving_up_destroys_the_credential_and_tells_who_and_why() {
    let house = disconnected(Manner::OAUTH).await;
    house.partner.always(Some(Fault::Unreached));
    house.work().await;
    let id = only_release(&house).id;
    let forced = house.engine.force_release(TENANT, id, &by(), "they are out of business").await.unwrap();
    let ReleaseState::Forced(why) = &forced.state else { panic!("{forced:?}") };
    assert_eq!((why.reason.as_str(), &why.by), ("they are out of business", &by().actor));
    assert!(house.engine.store().rows().releases.values().all(|(_, secret)| secret.is_none()));
    assert_eq!(house.engine.by_hand(&forced).as_deref(), Some("end the grant by hand"));
    let again = house.engine.force_release(TENANT, id, &by(), "again").await;
    assert_eq!(again, Err(Error::ReleaseOver(id)));
    assert_eq!(house.engine.store().rows().audit.last().unwrap().activity, Activity::ForceRelease);
}

/// A try is under way when somebody gives up. What was destroyed does not come back by a release of
/// its own.
#[tokio::test]
async fn what_was_given_up_in_the_middle_of_a_try_stays_given_up() {
    let manner = Manner::LIVE;
    for turns in 0..60 {
        let house = disconnected(manner).await;
        house.clock.step(3600);
        let due = house.engine.due_releases(1).await.unwrap().pop().unwrap();
        let (id, calls) = (due.release.id, house.partner.calls());
        let mut trying = Box::pin(house.engine.try_release(due));
        for _ in 0..turns {
            if futures_util::poll!(trying.as_mut()).is_ready() {
                assert!(turns > 5, "there is much to wait for in a try");
                return;
            }
        }
        let asked_before = house.partner.calls() - calls;
        if house.engine.force_release(TENANT, id, &by(), "enough").await.is_err() {
            continue;
        }
        trying.await.unwrap();
        if asked_before == 0 && house.partner.calls() == calls {
            assert_eq!(all_releases(&house).len(), 1, "after {turns} turns");
        }
    }
    panic!("the try never came to its end");
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_cut_and_changes_nothing() {
    let house = House::new();
    let id = house.connected().await;
    let events = house.engine.store().rows().audit.len();
    let preview = house.engine.preview_disconnect(TENANT, id).await.unwrap();
    assert!(preview.credential && preview.account.is_some() && preview.pending_releases == 0);
    assert_eq!(preview.sessions, Sessions::Open(2));
    house.clock.step(3600);
    let later = house.engine.preview_disconnect(TENANT, id).await.unwrap();
    assert!(matches!(later.sessions, Sessions::Unknown(_)), "a dry run refreshes nothing");
    assert_eq!(house.engine.store().rows().audit.len(), events);
    assert_eq!(house.partner.alive(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_disconnects_at_once_are_one_release() {
    let house = Arc::new(House::new());
    let id = house.connected().await;
    let all: Vec<_> = (0..100)
        .map(|_| {
            let house = Arc::clone(&house);
            tokio::spawn(async move { house.engine.disconnect(TENANT, &by(), id).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), Ok(()));
    }
    let release = only_release(&house);
    assert!(release.is_pending());
    house.work().await;
    let disconnects =
        |activity| house.engine.store().rows().audit.iter().filter(|e| e.activity == activity).count();
    assert_eq!((disconnects(Activity::Disconnect), disconnects(Activity::ConfirmRelease)), (1, 1));
    assert_eq!(house.partner.revocations(), 2);
}

#[tokio::test]
async fn whoever_does_releases_is_woken_when_one_begins() {
    let house = House::new();
    let id = house.connected().await;
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.engine.release_begun().await;
    let filter = ReleaseFilter { pending_only: true, ..ReleaseFilter::default() };
    assert_eq!(house.engine.releases(filter, 10).await.unwrap().len(), 1);
}

/// The profile was changed under its name. What the old partner gave is none of the new one's
/// business.
#[tokio::test]
async fn a_profile_that_leads_elsewhere_now_gets_nothing_of_the_old_partners() {
    let house = House::new();
    let id = house.connected().await;
    let other = TestPartner::new(Manner::OAUTH, &house.clock);
    *house.connectors.moved.lock().unwrap() = Some(other.clone());
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    house.work().await;
    assert_eq!((other.calls(), house.partner.alive()), (0, 0));
    assert!(!only_release(&house).is_pending());
}

#[tokio::test]
async fn a_partner_that_says_come_back_at_once_is_not_hammered() {
    let house = disconnected(Manner::OAUTH).await;
    house.partner.always(Some(Fault::Busy(Duration::ZERO)));
    for _ in 0..3600 {
        house.clock.step(1);
        house.work().await;
    }
    assert!(only_release(&house).tries < 60, "{} tries in an hour", only_release(&house).tries);
}

#[tokio::test]
async fn a_clock_that_was_wrong_for_a_moment_does_not_put_a_release_off_for_years() {
    let house = disconnected(Manner::OAUTH).await;
    house.partner.always(Some(Fault::Unreached));
    house.clock.step(10 * 365 * 86_400);
    house.work().await;
    house.clock.step(-10 * 365 * 86_400);
    house.partner.always(None);
    house.work().await;
    assert!(!only_release(&house).is_pending());
}
