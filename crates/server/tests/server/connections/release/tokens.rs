//! Whatever a partner gave, and however it goes about it: what is confirmed is dead to the last token, and what nobody cut
//! stays connected.

use std::time::Duration;

use serde_json::Value;

use crate::partners::{
    Account, Call, Code, Dialect, Family, Introspection, Lag, Lost, OldAccessToken, OldRefreshToken,
    Revocation, TokenAnswer, Unruly,
};
use crate::scene::{Consents as _, Scene, is_dead, is_honest, with_family};
use crate::support::until;

/// It is cut off, which is confirmed, and nothing lives.
#[track_caller]
fn is_cut_to_the_last_token(scene: &Scene, partner: &Unruly, id: &str) -> Value {
    scene.caller().disconnect(id).is(204);
    let releases = scene.in_the_end(id);
    is_honest(scene, partner, &releases);
    assert_eq!(releases[0]["state"], "confirmed", "{releases:?}");
    is_dead(partner);
    scene.receipt(&releases[0])
}

#[track_caller]
fn is_connected(scene: &Scene, id: &str) {
    assert_eq!(scene.caller().status(id), "onboarded");
    assert!(scene.releases(id).is_empty(), "nobody cut it");
}

#[test]
fn a_refresh_token_that_was_replaced_but_lives_on_is_dead_when_it_is_confirmed() {
    for (introspection, revocation) in [
        (Introspection::OfAll, Revocation::OfTheToken),
        (Introspection::OfAll, Revocation::OfThePair),
        (Introspection::Absent, Revocation::OfTheToken),
    ] {
        let old_refresh_token = OldRefreshToken::Lives;
        let (partner, scene) =
            with_family(Family { old_refresh_token, introspection, revocation, ..Family::renewing() });
        let id = scene.connect("helpdesk", &partner);
        for _ in 0..2 {
            assert_eq!(scene.renew(&partner, &id).code, Some(0));
        }
        is_cut_to_the_last_token(&scene, &partner, &id);
    }
}

#[test]
fn an_access_token_that_outlives_the_refresh_after_it_is_dead_when_it_is_confirmed() {
    for introspection in [Introspection::OfAll, Introspection::Absent] {
        let (partner, scene) =
            with_family(Family { introspection, revocation: Revocation::OfTheToken, ..Family::renewing() });
        let id = scene.connect("helpdesk", &partner);
        assert_eq!(scene.renew(&partner, &id).code, Some(0));
        is_cut_to_the_last_token(&scene, &partner, &id);
    }
}

/// It was good as long as was said, and was seen to be; then there is another, while it lives on.
#[test]
fn an_access_token_that_was_seen_alive_before_a_refresh_is_dead_when_it_is_confirmed() {
    let family = Family { revocation: Revocation::OfThePair, says_seconds: Some(4), ..Family::default() };
    let (partner, scene) = with_family(family);
    let id = scene.connect("helpdesk", &partner);
    assert_eq!(scene.check(&id).code, Some(0));
    assert_eq!(scene.renew(&partner, &id).code, Some(0));
    assert_eq!(scene.check(&id).code, Some(0));
    is_cut_to_the_last_token(&scene, &partner, &id);
}

#[test]
fn a_receipt_names_every_token_that_was_given_and_what_proves_that_it_is_dead() {
    let family = Family { old_refresh_token: OldRefreshToken::Lives, ..Family::renewing() };
    let (partner, scene) = with_family(Family { revocation: Revocation::OfTheToken, ..family });
    let id = scene.connect("helpdesk", &partner);
    assert_eq!(scene.renew(&partner, &id).code, Some(0));
    let receipt = is_cut_to_the_last_token(&scene, &partner, &id);
    let tokens = receipt["tokens"].as_array().unwrap_or_else(|| panic!("no tokens in {receipt}"));
    for kind in ["refreshToken", "accessToken"] {
        for origin in ["code", "refresh"] {
            let is_it = |token: &Value| token["kind"] == kind && token["origin"] == origin;
            assert!(tokens.iter().any(is_it), "no {kind} by {origin}: {receipt}");
        }
    }
    assert!(receipt["missing"].as_array().is_none_or(Vec::is_empty), "{receipt}");
    let ids: Vec<_> = tokens.iter().map(|token| &token["id"]).collect();
    let calls = receipt["calls"].as_array().unwrap();
    assert!(calls.iter().any(|call| ids.contains(&&call["token"])), "no call names its token: {receipt}");
    for token in partner.minted() {
        assert!(!receipt.to_string().contains(&token.text), "a receipt is for everybody");
    }
}

#[test]
fn a_connection_is_not_cut_because_introspection_knows_nothing_of_what_a_refresh_gave() {
    let late = Introspection::Late { of_new: Lag::Calls(2), of_dead: Lag::NONE };
    let slow = Introspection::Late { of_new: Lag::Time(Duration::from_secs(30)), of_dead: Lag::NONE };
    for introspection in [Introspection::OfTheCodeFlow, late, slow] {
        let (partner, scene) = with_family(Family::renewing());
        let id = scene.connect("helpdesk", &partner);
        partner.now(|family| family.introspection = introspection);
        for _ in 0..2 {
            let checked = scene.renew(&partner, &id);
            assert!(matches!(checked.code, Some(0 | 5)), "{introspection:?}: {checked:?}");
            is_connected(&scene, &id);
        }
        is_cut_to_the_last_token(&scene, &partner, &id);
    }
}

/// As RFC 7662 lets a server answer a client that may not look at a token, and as one answers that has lost its cache.
#[test]
fn a_connection_is_not_cut_because_introspection_disowns_what_works() {
    let (partner, scene) = with_family(Family::default());
    let id = scene.connect("helpdesk", &partner);
    assert_eq!(scene.check(&id).code, Some(0));
    partner.now(|family| family.introspection = Introspection::OfNone);
    let checked = scene.check(&id);
    assert!(matches!(checked.code, Some(0 | 5)), "{checked:?}");
    is_connected(&scene, &id);
    is_cut_to_the_last_token(&scene, &partner, &id);
}

/// It knew them once, so that it could have been otherwise; but the token endpoint and the account endpoint know better.
#[test]
fn what_introspection_disowns_is_not_confirmed_while_it_works() {
    for account in [Account::Told, Account::Absent] {
        let (partner, scene) = with_family(Family { account, ..Family::default() });
        let id = scene.connect("helpdesk", &partner);
        assert_eq!(scene.check(&id).code, Some(0));
        partner.now(|family| {
            (family.introspection, family.revocation) = (Introspection::OfNone, Revocation::Never);
        });
        scene.caller().disconnect(&id).is(204);
        scene.tried_or_over(&id);
        is_honest(&scene, &partner, &scene.releases(&id));
        partner.now(|family| {
            (family.introspection, family.revocation) = (Introspection::OfAll, Revocation::OfTheGrant);
        });
        is_honest(&scene, &partner, &scene.in_the_end(&id));
    }
}

#[test]
fn nothing_is_confirmed_while_introspection_is_late_and_all_is_once_it_has_caught_up() {
    let of_dead = Lag::Calls(2);
    let introspection = Introspection::Late { of_new: Lag::NONE, of_dead };
    let (partner, scene) = with_family(Family { introspection, ..Family::renewing() });
    let id = scene.connect("helpdesk", &partner);
    assert_eq!(scene.renew(&partner, &id).code, Some(0));
    is_cut_to_the_last_token(&scene, &partner, &id);
}

#[test]
fn a_code_that_gave_tokens_twice_is_not_confirmed_while_those_that_nobody_heard_of_live() {
    for code in [Code::Again, Code::AgainAndApart] {
        let family = Family { code, revocation: Revocation::OfTheToken, ..Family::default() };
        let (partner, mut scene) = with_family(family);
        let id = scene.partner("helpdesk");
        let mut attempt = scene.begin(&id);
        let callback = partner.consents(&attempt.consent_url);
        partner.loses(Call::Redeem, Lost::AfterTheAct, 1);
        attempt.browser.get(&callback.target()).is(502);
        assert_eq!(partner.alive().len(), 2);
        partner.is_left_alone();
        scene.start_again_when_all_is_due();
        let releases = scene.in_the_end(&id);
        is_honest(&scene, &partner, &releases);
        assert_eq!(releases[0]["state"], "unaccounted", "{code:?}: {releases:?}");
        let missing = &scene.receipt(&releases[0])["missing"];
        assert!(missing[0]["what"].is_string() && missing[0]["at"].is_string(), "{missing}");
    }
}

#[test]
fn tokens_that_come_with_a_201_are_tokens() {
    let (partner, scene) =
        with_family(Family { tokens: TokenAnswer::Created, code: Code::Once, ..Family::renewing() });
    let id = scene.connect("helpdesk", &partner);
    assert_eq!(scene.renew(&partner, &id).code, Some(0));
    is_cut_to_the_last_token(&scene, &partner, &id);
}

/// What is merely long is read and revoked; what is too long, or makes no sense, holds its release however often that is tried.
#[track_caller]
fn comes_to_what_was_read(scene: &Scene, partner: &Unruly, id: &str, tokens: TokenAnswer) {
    let release = scene.release_that(id, "it is over, or was tried again and again", |release| {
        release["state"] != "pending" || release["tries"].as_u64() > Some(3)
    });
    is_honest(scene, partner, &scene.releases(id));
    let expected = match tokens {
        TokenAnswer::Plain | TokenAnswer::Created | TokenAnswer::Padded(..200_000) => ("confirmed", None),
        TokenAnswer::Padded(_) | TokenAnswer::Riddle => ("pending", Some("unreadAnswer")),
    };
    let is = (release["state"].as_str().unwrap(), release["obstacle"].as_str());
    assert_eq!(is, expected, "{tokens:?}: {release}");
}

#[test]
fn a_code_whose_tokens_nobody_can_read_is_not_confirmed_while_they_live() {
    for tokens in [TokenAnswer::Padded(100_000), TokenAnswer::Padded(900_000), TokenAnswer::Riddle] {
        let (partner, mut scene) = with_family(Family { tokens, code: Code::Once, ..Family::default() });
        let id = scene.partner("helpdesk");
        let mut attempt = scene.begin(&id);
        let callback = partner.consents(&attempt.consent_url);
        let page = attempt.browser.get(&callback.target());
        if page.text().contains("Connected") {
            scene.caller().disconnect(&id).is(204);
        }
        partner.is_left_alone();
        scene.start_again_when_all_is_due();
        comes_to_what_was_read(&scene, &partner, &id, tokens);
    }
}

#[test]
fn a_refresh_whose_tokens_nobody_can_read_is_not_confirmed_while_they_live() {
    for tokens in [TokenAnswer::Padded(100_000), TokenAnswer::Padded(900_000), TokenAnswer::Riddle] {
        let family = Family { old_refresh_token: OldRefreshToken::Lives, ..Family::renewing() };
        let (partner, scene) = with_family(Family { revocation: Revocation::OfTheToken, ..family });
        let id = scene.connect("helpdesk", &partner);
        partner.now(|family| family.tokens = tokens);
        scene.renew(&partner, &id);
        partner.now(|family| family.tokens = TokenAnswer::Plain);
        is_connected(&scene, &id);
        scene.caller().disconnect(&id).is(204);
        comes_to_what_was_read(&scene, &partner, &id, tokens);
    }
}

#[test]
fn a_refresh_whose_answer_is_lost_is_not_confirmed_while_what_it_gave_lives() {
    for old_refresh_token in [OldRefreshToken::Lives, OldRefreshToken::Dies] {
        let family = Family { old_refresh_token, revocation: Revocation::OfTheToken, ..Family::renewing() };
        let (partner, scene) = with_family(family);
        let id = scene.connect("helpdesk", &partner);
        partner.loses(Call::Refresh, Lost::AfterTheAct, 1);
        let checked = scene.renew(&partner, &id);
        assert!(matches!(checked.code, Some(1 | 5)), "{checked:?}");
        is_connected(&scene, &id);
        scene.caller().disconnect(&id).is(204);
        let releases = scene.in_the_end(&id);
        is_honest(&scene, &partner, &releases);
        assert_eq!(releases[0]["state"], "unaccounted", "{old_refresh_token:?}: {releases:?}");
    }
}

/// A connection of which a refresh was answered in vain is renewed once more, and cut; with the receipt.
fn cut_after_a_lost_answer(revocation: Revocation) -> (Unruly, Value) {
    let family = Family { old_refresh_token: OldRefreshToken::Lives, revocation, ..Family::renewing() };
    let (partner, scene) = with_family(family);
    let id = scene.connect("helpdesk", &partner);
    partner.loses(Call::Refresh, Lost::AfterTheAct, 1);
    assert_ne!(scene.renew(&partner, &id).code, Some(0));
    assert_eq!(scene.renew(&partner, &id).code, Some(0));
    scene.caller().disconnect(&id).is(204);
    let releases = scene.in_the_end(&id);
    is_honest(&scene, &partner, &releases);
    let receipt = scene.receipt(&releases[0]);
    (partner, receipt)
}

/// However much dies beside it.
#[test]
fn what_was_lost_is_unaccounted_also_where_the_partner_ends_the_whole_grant() {
    for revocation in [Revocation::OfTheGrant, Revocation::OfTheToken, Revocation::OfThePair] {
        let (partner, receipt) = cut_after_a_lost_answer(revocation);
        assert_eq!(receipt["outcome"], "unaccounted", "{revocation:?}: {receipt}");
        assert_eq!(receipt["missing"][0]["what"], "refreshAnswerLost", "{revocation:?}: {receipt}");
        if revocation == Revocation::OfTheGrant {
            is_dead(&partner);
        }
    }
}

const DIALECTS: [Dialect; 5] =
    [Dialect::InvalidGrant, Dialect::Forbidden, Dialect::TokenInactive, Dialect::Success, Dialect::Nested];

#[test]
fn a_release_is_confirmed_however_the_partner_says_that_a_refresh_token_is_dead() {
    for dialect in DIALECTS {
        let (partner, scene) =
            with_family(Family { dialect, introspection: Introspection::Absent, ..Family::default() });
        let id = scene.connect("helpdesk", &partner);
        is_cut_to_the_last_token(&scene, &partner, &id);
    }
}

#[test]
fn a_check_sees_that_a_grant_is_gone_however_the_partner_says_so() {
    for dialect in DIALECTS {
        let (partner, scene) =
            with_family(Family { dialect, introspection: Introspection::Absent, ..Family::renewing() });
        let id = scene.connect("helpdesk", &partner);
        partner.end_everything();
        let checked = scene.renew(&partner, &id);
        assert_eq!(checked.code, Some(3), "{dialect:?}: {checked:?}");
        assert_eq!(scene.caller().status(&id), "notOnboarded", "{dialect:?}");
        is_honest(&scene, &partner, &scene.in_the_end(&id));
    }
}

#[test]
fn an_introspection_that_nobody_can_read_does_not_hold_up_what_a_refused_refresh_proves() {
    for introspection in [Introspection::LoginPage, Introspection::Text, Introspection::Forbidden] {
        let (partner, scene) = with_family(Family { introspection, ..Family::renewing() });
        let id = scene.connect("helpdesk", &partner);
        let checked = scene.renew(&partner, &id);
        assert!(matches!(checked.code, Some(0 | 5)), "{introspection:?}: {checked:?}");
        is_connected(&scene, &id);
        is_cut_to_the_last_token(&scene, &partner, &id);
    }
}

/// Clocks differ, and some partners are generous: only some time later is it believed.
#[test]
fn that_the_time_of_an_access_token_has_just_run_out_does_not_prove_it_dead() {
    let family =
        Family { introspection: Introspection::Absent, account: Account::Absent, ..Family::renewing() };
    let (partner, scene) = with_family(Family { revocation: Revocation::OfRefreshTokens, ..family });
    let id = scene.connect("helpdesk", &partner);
    until("its time is over", || partner.said_time_is_over().then_some(()));
    scene.caller().disconnect(&id).is(204);
    let release = scene.tried_or_over(&id);
    is_honest(&scene, &partner, &scene.releases(&id));
    assert_eq!(
        (&release["state"], &release["obstacle"]),
        (&"pending".into(), &"noProof".into()),
        "{release}"
    );
    assert_eq!(partner.alive().len(), 1);
}

#[test]
fn an_access_token_that_died_with_the_refresh_after_it_holds_nothing_up() {
    for introspection in [Introspection::OfAll, Introspection::Absent] {
        let (partner, scene) = with_family(Family {
            old_access_token: OldAccessToken::Dies,
            introspection,
            ..Family::renewing()
        });
        let id = scene.connect("helpdesk", &partner);
        assert_eq!(scene.renew(&partner, &id).code, Some(0));
        is_cut_to_the_last_token(&scene, &partner, &id);
    }
}
