//! What is on its way to a partner when something else happens to the connection.

use std::thread;
use std::time::{Duration, Instant};

use crate::partners::{
    Call, Code, Family, FaultProxy, Introspection, Lost, Matching, Moment, OldRefreshToken, Revocation,
    Unruly, block_on,
};
use crate::scene::{
    Consents as _, Scene, is_dead, is_honest, numbered, says_that_tokens_are_missing, with_families_behind,
    with_family, with_family_behind,
};
use crate::support::{Setup, until};

/// Longer than a refresh may be under way on another server.
const NO_LONGER_UNDER_WAY: Duration = Duration::from_secs(90);
/// Less than a call that is not answered takes.
const ONE_CALL: Duration = Duration::from_secs(8);

/// The partner is cut while a check waits for the answer to this call. Whatever is sent first after that is held up, which may
/// be the release's beginning; there must be nothing else, and the check must not be what waits there.
fn cut_in_the_middle_of_a_check(family: &Family, moment: Moment, call: &Matching) {
    let (proxy, partner, scene) = with_family_behind(family.clone());
    let id = scene.connect("helpdesk", &partner);
    if family.says_seconds == Family::renewing().says_seconds {
        until("its time is over", || partner.said_time_is_over().then_some(()));
    }
    let mut under_way = proxy.hold(moment, call.clone());
    thread::scope(|scope| {
        let checking = scope.spawn(|| scene.check(&id));
        block_on(under_way.reached());
        let first = proxy.hold(Moment::Arrived, Matching::any());
        let before = proxy.requests().len();
        scene.caller().disconnect(&id).is(204);
        until("the release begins, or waits for what is under way", || {
            let waits = scene.releases(&id).first()?["obstacle"] == "underWay";
            (waits || proxy.requests().len() > before).then_some(())
        });
        let begun = Instant::now();
        under_way.open();
        let checked = checking.join().unwrap();
        let sent = proxy.requests().split_off(before);
        assert!(sent.len() <= 1, "{moment:?} {call:?}: somebody sent {sent:?} after the 204");
        assert!(begun.elapsed() < ONE_CALL, "{moment:?} {call:?}: the check sent {sent:?} after the 204");
        assert_ne!(checked.code, Some(0), "{moment:?} {call:?}: it is not good: {checked:?}");
        first.open();
    });
    let releases = scene.in_the_end(&id);
    is_honest(&scene, &partner, &releases);
    let all_over = releases.iter().all(|release| release["state"] == "confirmed");
    let receipts = || releases.iter().map(|release| scene.receipt(release).to_string()).collect::<Vec<_>>();
    assert!(all_over, "{moment:?} {call:?}: every answer came: {:?}", receipts());
    is_dead(&partner);
}

#[test]
fn a_check_that_asks_of_tokens_when_its_partner_is_cut_asks_nothing_more() {
    for moment in [Moment::Arrived, Moment::Answered] {
        for call in [Matching::post("/introspect"), Matching::get("/account")] {
            let mut family = Family::default();
            if call == Matching::get("/account") {
                family.introspection = Introspection::Absent;
            }
            cut_in_the_middle_of_a_check(&family, moment, &call);
        }
    }
}

#[test]
fn a_check_that_renews_tokens_when_its_partner_is_cut_does_not_use_what_it_is_given() {
    let refresh = Matching::post("/token").with("grant_type=refresh_token");
    for moment in [Moment::Arrived, Moment::Answered] {
        cut_in_the_middle_of_a_check(&Family::renewing(), moment, &refresh);
    }
}

/// Where servers share a database, another may be asking for a while yet; but not for ever.
#[test]
fn after_one_lost_answer_to_a_refresh_the_next_checks_are_as_before() {
    let (partner, scene) =
        with_family(Family { old_refresh_token: OldRefreshToken::Lives, ..Family::renewing() });
    let id = scene.connect("helpdesk", &partner);
    partner.loses(Call::Refresh, Lost::AfterTheAct, 1);
    assert_ne!(scene.renew(&partner, &id).code, Some(0));
    let begun = Instant::now();
    while scene.check(&id).code != Some(0) {
        assert!(begun.elapsed() < NO_LONGER_UNDER_WAY, "{:?}", scene.check(&id));
        thread::sleep(Duration::from_millis(200));
    }
    for number in 1..=3 {
        let checked = scene.renew(&partner, &id);
        assert_eq!(checked.code, Some(0), "check {number} after the one that was good: {checked:?}");
    }
    scene.caller().disconnect(&id).is(204);
    is_honest(&scene, &partner, &scene.in_the_end(&id));
}

/// Two that renew with the same token would cost the connection.
#[test]
fn ten_checks_at_once_renew_once_and_nothing_is_cut() {
    let old_refresh_token = OldRefreshToken::EndsTheGrantIfItComesAgain;
    let (partner, scene) = with_family(Family { old_refresh_token, ..Family::renewing() });
    let id = scene.connect("helpdesk", &partner);
    until("its time is over", || partner.said_time_is_over().then_some(()));
    partner.now(|family| family.says_seconds = Some(3600));
    let codes: Vec<_> = thread::scope(|scope| {
        let checks: Vec<_> = (0..10).map(|_| scope.spawn(|| scene.check(&id).code)).collect();
        checks.into_iter().map(|check| check.join().unwrap()).collect()
    });
    assert_eq!(codes, [Some(0); 10]);
    assert_eq!(partner.count(Call::Refresh), 1);
    assert_eq!(scene.caller().status(&id), "onboarded");
    scene.caller().disconnect(&id).is(204);
    is_honest(&scene, &partner, &scene.in_the_end(&id));
    is_dead(&partner);
}

/// A server may die before the partner has acted, and when it has given tokens that nobody is there to hear of.
struct Refresh {
    moment: Moment,
    /// Whether the request, or its answer, goes on when nobody waits for it any more.
    arrives: bool,
    old_refresh_token: OldRefreshToken,
}

fn refreshes() -> Vec<Refresh> {
    let mut all = Vec::new();
    for moment in [Moment::Arrived, Moment::Answered] {
        for arrives in [true, false] {
            let old = [OldRefreshToken::Lives, OldRefreshToken::Dies];
            all.extend(old.map(|old_refresh_token| Refresh { moment, arrives, old_refresh_token }));
        }
    }
    all
}

/// All at once, since another server may still be asking for more than a minute where they share a database.
#[test]
fn a_server_that_dies_while_it_renews_tokens_confirms_nothing_that_is_not_so() {
    let refreshes = refreshes();
    let families = refreshes.iter().map(|refresh| Family {
        old_refresh_token: refresh.old_refresh_token,
        revocation: Revocation::OfTheToken,
        ..Family::renewing()
    });
    let (proxies, partners, mut scene) = with_families_behind(families);
    let connect = |(number, partner)| scene.connect(&numbered(number), partner);
    let ids: Vec<_> = partners.iter().enumerate().map(connect).collect();
    dies_while_it_renews(&mut scene, &ids, refreshes.iter().zip(&proxies).zip(&partners));
    for id in &ids {
        assert_eq!(scene.caller().status(id), "onboarded");
        scene.caller().disconnect(id).is(204);
    }
    for (partner, id) in partners.iter().zip(&ids) {
        scene.unaccounted(id, "refreshAnswerLost");
        is_honest(&scene, partner, &scene.releases(id));
    }
}

fn dies_while_it_renews<'a>(
    scene: &mut Scene,
    ids: &[String],
    refreshes: impl Iterator<Item = ((&'a Refresh, &'a FaultProxy), &'a Unruly)>,
) {
    let mut under_way = Vec::new();
    for (((refresh, proxy), partner), id) in refreshes.zip(ids) {
        until("its time is over", || partner.said_time_is_over().then_some(()));
        let known = partner.minted().len();
        let call = Matching::post("/token").with("grant_type=refresh_token");
        let mut gate = proxy.hold(refresh.moment, call);
        let check = Setup::of(&["partner", "check", id]).at(&scene.gangway.data);
        let checking = thread::spawn(move || check.outcome());
        block_on(gate.reached());
        under_way.push((refresh, partner, known, gate, checking));
    }
    scene.kill();
    for (refresh, partner, known, gate, checking) in under_way {
        if refresh.arrives {
            gate.open();
        } else {
            drop(gate);
        }
        if refresh.arrives || refresh.moment == Moment::Answered {
            until("the partner has given tokens", || (partner.minted().len() > known).then_some(()));
        }
        partner.nobody_heard_after(known);
        checking.join().unwrap();
    }
    scene.start_again();
}

/// The tokens came home, to a connection that had been cut meanwhile: nothing of theirs is lost.
#[test]
fn an_attempt_that_is_cut_while_its_code_is_redeemed_is_confirmed_and_no_answer_was_lost() {
    for code in [Code::Once, Code::OnceOrAllDies, Code::Again] {
        let family = Family { code, revocation: Revocation::OfTheToken, ..Family::default() };
        let (proxy, partner, mut scene) = with_family_behind(family);
        let id = scene.partner("helpdesk");
        let mut attempt = scene.begin(&id);
        let callback = partner.consents(&attempt.consent_url);
        let redeeming = Matching::post("/token").with("grant_type=authorization_code");
        let mut gate = proxy.hold(Moment::Answered, redeeming);
        let coming_back = thread::spawn(move || attempt.browser.get(&callback.target()));
        block_on(gate.reached());
        scene.caller().disconnect(&id).is(204);
        gate.open();
        coming_back.join().unwrap().is(400);
        are_confirmed_with_nothing_missing(&mut scene, &partner, &id);
        is_dead(&partner);
        is_honest(&scene, &partner, &scene.releases(&id));
    }
}

fn are_confirmed_with_nothing_missing(scene: &mut Scene, partner: &Unruly, id: &str) {
    // Some wait for whoever may be redeeming the code.
    scene.confirmed(id);
    partner.is_left_alone();
    scene.start_again_when_all_is_due();
    for release in scene.in_the_end(id) {
        let receipt = scene.receipt(&release);
        assert_eq!(release["state"], "confirmed", "{release} {receipt}");
        assert!(!says_that_tokens_are_missing(&receipt), "no answer was lost: {receipt}");
        assert!(receipt["missing"].as_array().is_none_or(Vec::is_empty), "nothing is missing: {receipt}");
    }
}
