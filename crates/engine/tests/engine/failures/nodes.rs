//! Several nodes, and many releases at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use gangway_domain::{
    Activity, CallLog, ConnectorKind, Generation, HeldCredential, MAX_ANSWER, MissingKind, Partner,
    PartnerId, Release, ReleaseId, ReleaseState, RequestedBy, Status,
};
use gangway_engine::{
    Binding, Check, Connector as _, DueRelease, Error, Field, Sealed, Secret, Store as _, TryOutcome,
    Vault as _,
};
use uuid::Uuid;

use crate::partner::{Code, Fault, Manner, OldRefresh};
use crate::{House, PlainVault, TENANT, by};

type Trying = Pin<Box<dyn Future<Output = Result<TryOutcome, gangway_engine::Error>> + Send>>;

const MANNERS: [Manner; 4] = [
    Manner::OAUTH,
    Manner { old_refresh: OldRefresh::Dies, code: Code::Refused, ..Manner::SILENT },
    Manner::LIVE,
    Manner { old_refresh: OldRefresh::Dies, code: Code::Refused, ..Manner::LIVE },
];

/// What the other node does when it has taken the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    WorksAtOnce,
    WaitsForTheFirst,
}

async fn cut(manner: Manner) -> House {
    let house = House::with(manner);
    let id = house.connected().await;
    house.engine.disconnect(TENANT, &by(), id).await.unwrap();
    // So that the dialect which needs a live token has to get one.
    house.clock.step(3600);
    house
}

async fn first_due(house: &House) -> DueRelease {
    house.engine.due_releases(10).await.unwrap().pop().unwrap()
}

fn advance(trying: &mut Trying, turns: usize) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    (0..turns).any(|_| trying.as_mut().poll(&mut context).is_ready())
}

async fn settle(house: &House) {
    let mut tries = 0;
    while house.engine.store().pending_releases().await.unwrap().count > 0 {
        tries += 1;
        assert!(tries < 10, "a release is pending for ever");
        house.clock.step(4000);
        house.work().await;
    }
}

fn each_release_is_confirmed_once(house: &House) {
    let rows = house.engine.store().rows();
    let confirmed = rows.audit.iter().filter(|event| event.activity == Activity::ConfirmRelease).count();
    assert_eq!(confirmed, rows.releases.len());
    for (release, secret) in rows.releases.values() {
        assert!(matches!(release.state, ReleaseState::Confirmed(_)) && secret.is_none(), "{release:?}");
    }
}

/// Whether the first node came to its end before another took its lease.
async fn another_takes_over(manner: Manner, turns: usize, other: Other) -> bool {
    let mut house = cut(manner).await;
    let due = first_due(&house).await;
    let first = Arc::clone(&house.engine);
    let mut trying: Trying = Box::pin(async move { first.try_release(due).await });
    if advance(&mut trying, turns) {
        return true;
    }
    house.engine = house.another_node();
    let taken = house.engine.due_releases(10).await.unwrap();
    let counts = taken.is_empty();
    let mut tried = Vec::new();
    if other == Other::WorksAtOnce {
        for due in taken {
            tried.push(house.engine.try_release(due).await.unwrap());
        }
    }
    let of_first = trying.await.unwrap();
    assert_eq!(
        matches!(of_first, TryOutcome::Recorded(_)),
        counts,
        "{manner:?} {turns} {other:?}: {of_first:?}"
    );
    assert!(
        tried.iter().all(|tried| matches!(tried, TryOutcome::Recorded(_))),
        "{manner:?} {turns}: {tried:?}"
    );
    settle(&house).await;
    assert_eq!(house.partner.alive(), 0, "{manner:?} {turns} {other:?}: a grant lives");
    each_release_is_confirmed_once(&house);
    false
}

/// Whatever the first has brought from the partner by then dies too.
#[tokio::test]
async fn wherever_a_node_is_when_another_takes_its_lease_only_what_the_holder_finds_counts() {
    for manner in MANNERS {
        for other in [Other::WorksAtOnce, Other::WaitsForTheFirst] {
            let mut turns = 0;
            while !another_takes_over(manner, turns, other).await {
                turns += 1;
            }
            assert!(turns >= 9, "{manner:?}: a try has only {turns} awaits");
        }
    }
}

/// A release of a grant of its own, of a partner and by a profile of their own.
async fn put_release(house: &House, number: u128) {
    let code = Secret::new(house.partner.consent());
    let grant = house.partner.redeem(&code, &code).await.unwrap();
    let token = |which: u128, kind: &str, text: &Secret| {
        let id = Uuid::from_u128(2 * number + which);
        serde_json::json!({
            "id": id, "kind": kind, "origin": { "what": "code" }, "obtained": 0, "text": text.expose(),
            "byIntrospection": true, "byUse": which == 0, "revoked": false,
        })
    };
    let living = [
        token(0, "accessToken", &grant.access_token),
        token(1, "refreshToken", grant.refresh_token.as_ref().unwrap()),
    ];
    let (access, refresh) = (&living[0]["id"], &living[1]["id"]);
    let holdings = serde_json::json!({ "holdings": {
        "living": living, "access": access, "refresh": refresh, "connector": "snapshot",
    }});
    let partner = Partner {
        display_name: format!("Partner {number}"),
        profile: Some(format!("helper-{number}").parse().unwrap()),
        status: Status::Onboarded,
        ..Partner::blank(TENANT, PartnerId(Uuid::from_u128(number)), ConnectorKind::OAuth2)
    };
    let at = house.engine.now();
    let asked = RequestedBy { by: by(), activity: Activity::Disconnect, at };
    let held = HeldCredential::Secret { account: None, not_before: at };
    let release = Release::begin(ReleaseId(Uuid::from_u128(number)), &partner, held, asked);
    let (tenant, generation) = (TENANT, Generation::FIRST);
    let binding = Binding { tenant, partner: partner.id, generation, field: Field::Credential };
    let sealed: Sealed = PlainVault.seal(&binding, holdings.to_string().as_bytes()).unwrap();
    let kept = (release, Some((Field::Credential, sealed)));
    house.engine.store().rows().releases.insert((TENANT, kept.0.id), kept);
}

#[tokio::test]
async fn one_partner_that_never_answers_holds_up_none_of_a_thousand() {
    const PARTNERS: usize = 1000;
    let house = House::new();
    for number in 0..PARTNERS {
        put_release(&house, number as u128).await;
    }
    *house.connectors.hanging.lock().unwrap() = vec!["helper-0".parse().unwrap()];
    let due = house.engine.due_releases(2 * PARTNERS).await.unwrap();
    assert_eq!(due.len(), PARTNERS);
    assert_eq!(due[0].release.partner_name, "Partner 0", "the one that hangs is begun first");
    let mut tries: FuturesUnordered<_> =
        due.into_iter().map(|due| Box::pin(house.engine.try_release(due))).collect();
    for _ in 1..PARTNERS {
        let Some(Ok(TryOutcome::Recorded(release))) = tries.next().await else {
            panic!("a try came to nothing")
        };
        assert!(matches!(release.state, ReleaseState::Confirmed(_)), "{release:?}");
    }
    assert_eq!(house.partner.alive(), 1);
    assert_eq!(tries.len(), 1);
    let last = tries.poll_next_unpin(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(last, Poll::Pending), "{last:?}");
    // Whoever stops waiting for it loses nothing.
    drop(tries);
    house.connectors.hanging.lock().unwrap().clear();
    assert_eq!(house.work().await.len(), 1);
    assert_eq!(house.partner.alive(), 0);
    each_release_is_confirmed_once(&house);
}

#[tokio::test]
async fn however_often_it_is_tried_a_release_does_not_grow() {
    let house = cut(Manner::OAUTH).await;
    house.partner.always(Some(Fault::Busy(Duration::from_secs(1))));
    let mut longest = 0;
    for tries in 1..=2000 {
        house.clock.step(4000);
        let [TryOutcome::Recorded(release)] = &house.work().await[..] else { panic!("superseded") };
        let kept: Vec<_> = release.calls.iter().collect();
        assert!(kept.len() <= CallLog::FIRST + CallLog::LAST, "{tries} tries: {} calls kept", kept.len());
        assert!(kept.iter().all(|call| call.answer.chars().count() <= MAX_ANSWER));
        assert_eq!(release.tries, tries);
        if tries == 100 {
            longest = format!("{release:?}").len();
        }
        if tries > 100 {
            assert!(format!("{release:?}").len() <= longest + 16, "only its numbers have more digits");
        }
    }
    assert_eq!(house.engine.store().rows().releases.len(), 1);
}

/// Whichever await the first has come to when the second wants the same.
#[tokio::test]
async fn a_refresh_token_is_used_once_though_two_nodes_want_a_fresh_one() {
    let mut contended = 0;
    for turns in 0..100 {
        let house = House::new();
        let id = house.connected().await;
        house.clock.step(3600);
        let (first, second) = (Arc::clone(&house.engine), house.another_node());
        let mut check = Box::pin(async move { first.check_connection(TENANT, id).await });
        let over = (0..turns).any(|_| futures_util::FutureExt::now_or_never(&mut check).is_some());
        if over {
            assert!(contended > 0 && turns > 5, "{contended} of {turns} found another at it");
            return;
        }
        let checked = second.check_connection(TENANT, id).await;
        contended += usize::from(matches!(checked, Err(Error::Contended(_))));
        assert!(matches!(checked, Ok(Check::Good(_)) | Err(Error::Contended(_))), "{turns}: {checked:?}");
        let of_first = check.await;
        assert!(matches!(of_first, Ok(Check::Good(_))), "{turns}: {of_first:?}");
        assert!(matches!(second.check_connection(TENANT, id).await, Ok(Check::Good(_))));
        assert_eq!(house.partner.refreshes(), 1, "{turns}: not one refresh");
        assert_eq!((house.partner.alive(), house.engine.store().rows().releases.len()), (1, 0));
    }
    panic!("the first never came to its end");
}

/// Whoever asked may be gone with the answer, so another asks some time, and what was lost is told.
#[tokio::test]
async fn a_refresh_that_a_node_took_with_it_is_done_by_another_a_while_later() {
    let house = House::with(Manner::FORGETFUL);
    let id = house.connected().await;
    house.clock.step(3600);
    let (first, other) = (Arc::clone(&house.engine), house.another_node());
    let mut check = Box::pin(async move { first.check_connection(TENANT, id).await });
    while house.partner.refreshes() == 0 {
        assert!(futures_util::poll!(check.as_mut()).is_pending());
    }
    drop(check);
    assert!(matches!(other.check_connection(TENANT, id).await, Err(Error::Contended(_))));
    house.clock.step(66);
    // The one whose answer was lost was good once.
    assert_eq!(other.check_connection(TENANT, id).await, Ok(Check::Gone));
    settle(&house).await;
    let rows = house.engine.store().rows();
    let (release, _) = rows.releases.values().next().unwrap();
    let ReleaseState::Unaccounted(_, missing) = &release.state else { panic!("{release:?}") };
    assert_eq!(missing.iter().map(|m| m.what).collect::<Vec<_>>(), [MissingKind::RefreshAnswer]);
}

/// Whoever asked has heard that the answer is lost, and says so: nobody has to wait.
#[tokio::test]
async fn a_refresh_whose_answer_is_known_to_be_lost_keeps_nobody_waiting() {
    for (fault, found) in [
        (Fault::AnswerLost, Check::Gone),
        (Fault::Unreached, Check::Good(None)),
        (Fault::Failed, Check::Good(None)),
    ] {
        let house = House::with(Manner::FORGETFUL);
        let id = house.connected().await;
        house.clock.step(3600);
        house.partner.fail_later(0, fault);
        let other = house.another_node();
        house.engine.check_connection(TENANT, id).await.unwrap_err();
        let checked = other.check_connection(TENANT, id).await.unwrap();
        assert_eq!(
            std::mem::discriminant(&checked),
            std::mem::discriminant(&found),
            "{fault:?}: {checked:?}"
        );
    }
}

/// A process that has the store for itself has nobody to wait for: what the one before it asked
/// for, nobody hears.
#[tokio::test]
async fn a_refresh_that_the_only_node_took_with_it_is_done_at_once_by_the_next() {
    let mut house = House::new();
    let id = house.connected().await;
    house.clock.step(3600);
    house.partner.fail_later(0, Fault::Unreached);
    house.engine.check_connection(TENANT, id).await.unwrap_err();
    house.restart();
    assert!(matches!(house.engine.check_connection(TENANT, id).await, Ok(Check::Good(_))));
}

#[tokio::test]
async fn an_attempt_is_consumed_once_though_its_answer_comes_to_two_nodes() {
    for turns in 0..40 {
        let house = House::new();
        let id = house.provisioned().await;
        let answered = house.answered(id).await;
        let (first, second) = (Arc::clone(&house.engine), house.another_node());
        let of_first = answered.clone();
        let mut delivering = Box::pin(async move { of_first.deliver(&first).await });
        if (0..turns).any(|_| futures_util::FutureExt::now_or_never(&mut delivering).is_some()) {
            assert!(turns > 5);
            return;
        }
        let outcomes = [answered.deliver(&second).await.is_ok(), delivering.await.is_ok()];
        assert_eq!(outcomes.iter().filter(|ok| **ok).count(), 1, "{turns}: {outcomes:?}");
        assert_eq!(house.partner.alive(), 1, "{turns}: its code was redeemed twice");
    }
    panic!("the first never came to its end");
}

#[tokio::test]
async fn however_many_nodes_are_asked_at_once_a_partner_is_cut_once() {
    let house = House::new();
    let id = house.connected().await;
    let nodes = [Arc::clone(&house.engine), house.another_node(), house.another_node()];
    let by = by();
    let asked = nodes.iter().cycle().take(100).map(|node| node.disconnect(TENANT, &by, id));
    for done in futures_util::future::join_all(asked.collect::<Vec<_>>()).await {
        done.unwrap();
    }
    let rows = house.engine.store().rows();
    let cuts = rows.audit.iter().filter(|event| event.activity == Activity::Disconnect).count();
    assert_eq!((rows.releases.len(), cuts), (1, 1));
}
